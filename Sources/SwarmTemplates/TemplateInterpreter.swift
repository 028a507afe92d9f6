/// Runs statements. Everything a template can reach is the variables it is given.
final class TemplateInterpreter {
    /// What a statement does to the loop around it.
    enum Flow {
        case onwards, leave, next
    }

    let budget: TemplateBudget
    private let name: String
    private let date: TemplateDate
    /// The line evaluated last, for messages.
    var line = 1
    /// Those that hold macros, which hold them: emptied at the end.
    private var scopes: [TemplateScope] = []
    private var namespaces: [TemplateNamespace] = []
    private var outputCount = 0

    init(name: String, limits: TemplateLimits, date: TemplateDate) {
        self.name = name
        self.date = date
        budget = TemplateBudget(limits)
    }

    /// - Throws: `TemplateError`.
    func render(_ statements: [Statement], _ variables: [(String, TemplateValue)]) throws(TemplateError) -> String {
        let scope = makeScope(nil)
        // Macros and the scopes they are in hold each other, and so may namespaces.
        defer {
            for scope in scopes { scope.values = [:] }
            for namespace in namespaces { namespace.members = [:] }
        }
        for function in ["range", "dict", "namespace", "raise_exception", "strftime_now"] {
            scope.values[function] = .callable(.function(function))
        }
        for (name, value) in variables { scope.values[name] = value }
        var output: Scalars = []
        do throws(Problem) {
            _ = try run(statements, makeScope(scope), &output)
        } catch {
            throw TemplateError(template: name, line: line, problem: error.text)
        }
        return output.text
    }

    private func makeScope(_ outer: TemplateScope?) -> TemplateScope { TemplateScope(outer: outer) }

    func run(
        _ statements: [Statement], _ scope: TemplateScope, _ output: inout Scalars
    ) throws(Problem) -> Flow {
        try budget.enter()
        defer { budget.leave() }
        for statement in statements {
            try budget.spend(TemplateBudget.evaluation)
            line = statement.line
            let flow = try run(statement, scope, &output)
            if flow != .onwards { return flow }
        }
        return .onwards
    }

    private func write(_ text: Scalars, to output: inout Scalars) throws(Problem) {
        try budget.spend(text.count)
        guard output.count + text.count <= budget.limits.outputScalars else {
            throw Problem("found more than \(budget.limits.outputScalars) characters of output")
        }
        output += text
    }

    private func run(
        _ statement: Statement, _ scope: TemplateScope, _ output: inout Scalars
    ) throws(Problem) -> Flow {
        switch statement.kind {
        case .text(let text): try write(text, to: &output)
        case .output(let expression):
            let value = try evaluate(expression, scope)
            if value.isUndefined, !budget.limits.undefinedIsEmpty {
                throw Problem("found \(value.typeName), expected a value to write")
            }
            try budget.spend(value.size)
            try write(try value.written(), to: &output)
        case .condition(let branches, let otherwise):
            for branch in branches where try evaluate(branch.condition, scope).isTrue {
                return try run(branch.body, scope, &output)
            }
            return try run(otherwise, scope, &output)
        case .loop(let target, let values, let filter, let body, let otherwise):
            try loop(target, values, filter, body, otherwise, scope, &output)
        case .set(let target, let value): try assign(try evaluate(value, scope), to: target, scope)
        case .setBlock(let target, let body, let filters):
            let text = try captured(body, scope)
            try assign(try evaluate(filters, bodyScope(text, scope)), to: target, scope)
        case .filterBlock(let body, let filters):
            let text = try captured(body, scope)
            try write(try evaluate(filters, bodyScope(text, scope)).written(), to: &output)
        case .with(let values, let body):
            let inner = makeScope(scope)
            for (target, value) in values { try assign(try evaluate(value, scope), to: target, inner) }
            return try run(body, inner, &output)
        case .macro(let definition):
            scopes.append(scope)
            scope.values[definition.name] = .callable(.macro(TemplateMacro(definition, scope: scope)))
        case .call(let call, let definition):
            guard case .call(let callee, var arguments) = call.kind else { break }
            let inner = makeScope(scope)
            scopes.append(inner)
            inner.values[Self.callerName] = .callable(.caller(TemplateMacro(definition, scope: scope)))
            arguments.named.append(("caller", Expression(kind: .name(Self.callerName), line: call.line)))
            try write(
                try evaluate(Expression(kind: .call(callee, arguments), line: call.line), inner).written(), to: &output)
        case .generation(let body): try write(try captured(body, scope), to: &output)
        case .leave: return .leave
        case .next: return .next
        }
        return .onwards
    }

    /// Names that no template can spell.
    private static let callerName = "call block"
    static let bodyName = "block body"

    private func bodyScope(_ text: Scalars, _ scope: TemplateScope) -> TemplateScope {
        let inner = makeScope(scope)
        inner.values[Self.bodyName] = .string(text)
        return inner
    }

    private func captured(_ body: [Statement], _ scope: TemplateScope) throws(Problem) -> Scalars {
        var text: Scalars = []
        _ = try run(body, makeScope(scope), &text)
        return text
    }

    private func assign(
        _ value: TemplateValue, to target: AssignmentTarget, _ scope: TemplateScope
    ) throws(Problem) {
        guard value.depth <= budget.limits.depth / 2 else { throw Problem("found a list in too many lists") }
        switch target {
        case .name(let name): scope.values[name] = value
        case .member(let name, let member):
            guard case .namespace(let namespace) = scope[name] else {
                throw Problem(
                    "found \(scope[name]?.typeName ?? "undefined \(name)"), expected a namespace to assign to")
            }
            namespace.members[Scalars(text: member)] = value
        case .tuple(let targets):
            let values = try TemplateOperations.elements(of: value, budget)
            guard values.count == targets.count else {
                throw Problem("found \(values.count) values, expected \(targets.count) to unpack")
            }
            for (target, value) in zip(targets, values) { try assign(value, to: target, scope) }
        }
    }

    private func loop(
        _ target: AssignmentTarget, _ over: Expression, _ filter: Expression?, _ body: [Statement],
        _ otherwise: [Statement], _ scope: TemplateScope, _ output: inout Scalars
    ) throws(Problem) {
        var values = try TemplateOperations.elements(of: try evaluate(over, scope), budget)
        try budget.spend(values.count * TemplateBudget.iteration)
        if let filter {
            var kept: [TemplateValue] = []
            for value in values {
                let inner = makeScope(scope)
                try assign(value, to: target, inner)
                if try evaluate(filter, inner).isTrue { kept.append(value) }
            }
            values = kept
        }
        if values.isEmpty {
            _ = try run(otherwise, makeScope(scope), &output)
            return
        }
        for (place, value) in values.enumerated() {
            let inner = makeScope(scope)
            try assign(value, to: target, inner)
            inner.values["loop"] = .loop(TemplateLoop(values: values, place: place))
            if try run(body, inner, &output) == .leave { break }
        }
    }

    // MARK: Calls

    func call(
        _ callee: TemplateValue, _ given: GivenArguments, _ scope: TemplateScope
    ) throws(Problem) -> TemplateValue {
        guard case .callable(let callable) = callee else {
            throw Problem("found \(callee.typeName), expected something to call")
        }
        switch callable {
        case .function(let name): return try function(name, given)
        case .method(let receiver, "cycle"):
            guard let place = receiver[0].index, !given.positional.isEmpty else {
                throw Problem("cycle: expected values")
            }
            return given.positional[place % given.positional.count]
        case .method(let receiver, let name): return try TemplateMembers.call(name, of: receiver[0], given, budget)
        case .macro(let macro), .caller(let macro): return try call(macro, given)
        }
    }

    private func call(_ macro: TemplateMacro, _ given: GivenArguments) throws(Problem) -> TemplateValue {
        try budget.enter()
        defer { budget.leave() }
        let called = line
        let definition = macro.definition
        let scope = makeScope(macro.scope)
        guard given.positional.count <= definition.parameters.count else {
            throw Problem(
                "\(definition.name): found \(given.positional.count) arguments, expected at most "
                    + "\(definition.parameters.count)")
        }
        for (place, parameter) in definition.parameters.enumerated() {
            if let value = given.value(place, parameter.name) {
                scope.values[parameter.name] = value
            } else if let fallback = parameter.fallback {
                scope.values[parameter.name] = try evaluate(fallback, scope)
            } else {
                scope.values[parameter.name] = .undefined("parameter \(parameter.name)")
            }
        }
        for (name, value) in given.named where !definition.parameters.contains(where: { $0.name == name }) {
            guard name == "caller" else {
                throw Problem("\(definition.name): found the argument \(name), expected one of its own")
            }
            scope.values[name] = value
        }
        var text: Scalars = []
        _ = try run(definition.body, scope, &text)
        line = called
        return .string(text)
    }

    private func function(_ name: String, _ given: GivenArguments) throws(Problem) -> TemplateValue {
        switch name {
        case "raise_exception": throw Problem(try given.value(0, "message")?.written().text ?? "the template stopped")
        case "strftime_now": return TemplateValue(try date.formatted(given.text(0, "format") ?? []))
        case "range":
            var bounds: [Int] = []
            for place in given.positional.indices { bounds.append(try given.integer(place, "") ?? 0) }
            guard (1...3).contains(bounds.count) else { throw Problem("range: expected one to three numbers") }
            let start = bounds.count > 1 ? bounds[0] : 0
            let end = bounds.count > 1 ? bounds[1] : bounds[0]
            let step = bounds.count > 2 ? bounds[2] : 1
            guard step != 0 else { throw Problem("range: found a step of 0") }
            let values = Array(stride(from: start, to: end, by: step).prefix(TemplateBudget.longestRange + 1))
            guard values.count <= TemplateBudget.longestRange else {
                throw Problem("range: found more than \(TemplateBudget.longestRange) numbers")
            }
            try budget.spend(values.count)
            return .list(TemplateList(values.map { .integer($0) }))
        default:
            var members: [(key: TemplateValue, value: TemplateValue)] = []
            if case .mapping(let mapping) = given.positional.first { members = mapping.members }
            for (name, value) in given.named { members.append((TemplateValue(name), value)) }
            let mapping = try TemplateMapping(joining: members, budget)
            if name == "dict" { return .mapping(mapping) }
            let namespace = TemplateNamespace()
            for (key, value) in mapping.members { namespace.members[try key.written()] = value }
            namespaces.append(namespace)
            return .namespace(namespace)
        }
    }
}
