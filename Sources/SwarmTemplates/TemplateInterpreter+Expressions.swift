/// Evaluates expressions.
extension TemplateInterpreter {
    func evaluate(_ expression: Expression, _ scope: TemplateScope) throws(Problem) -> TemplateValue {
        try budget.enter()
        defer { budget.leave() }
        try budget.spend(TemplateBudget.evaluation)
        line = expression.line
        let value = try value(of: expression.kind, scope)
        // An error is on the line of what contains it, not of what it evaluated last.
        line = expression.line
        return value
    }

    private func value(of kind: Expression.Kind, _ scope: TemplateScope) throws(Problem) -> TemplateValue {
        switch kind {
        case .name(let name): return scope[name] ?? .undefined(name)
        case .body: return scope[Self.bodyName] ?? .string([])
        case .string(let text): return .string(text)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .bool(let value): return .bool(value)
        case .none: return .none
        case .list(let elements, let isTuple):
            return try checked(.list(TemplateList(try evaluate(elements, scope), isTuple: isTuple)))
        case .mapping(let members):
            var values: [(key: TemplateValue, value: TemplateValue)] = []
            for member in members {
                values.append((try evaluate(member.key, scope).plain, try evaluate(member.value, scope).plain))
            }
            return try checked(.mapping(TemplateMapping(joining: values, budget)))
        case .attribute(let value, let name):
            let value = try evaluate(value, scope).plain
            try budget.spend(value.lookUpCost)
            return try TemplateMembers.attribute(name, of: value)
        case .item(let value, let key):
            let value = try evaluate(value, scope).plain
            try budget.spend(value.lookUpCost)
            return try TemplateMembers.subscripted(try evaluate(key, scope).plain, of: value)
        case .slice(let value, let from, let to, let by):
            return try TemplateOperations.slice(
                try evaluate(value, scope).plain, try evaluate(from, scope), try evaluate(to, scope),
                try evaluate(by, scope), budget)
        case .call(let callee, let arguments):
            return try call(try evaluate(callee, scope), try evaluate(arguments, scope), scope)
        case .filter(let value, let name, let arguments):
            return try TemplateFilters.apply(
                name, try evaluate(value, scope).plain, try evaluate(arguments, scope), budget)
        case .test(let value, let name, let arguments):
            return .bool(
                try TemplateTests.holds(
                    name, try evaluate(value, scope).plain, try evaluate(arguments, scope).positional, budget))
        case .not(let value): return .bool(try !evaluate(value, scope).isTrue)
        case .negative(let value), .positive(let value):
            var isNegative = false
            if case .negative = kind { isNegative = true }
            return try TemplateOperations.binary(
                isNegative ? "-" : "+", .integer(0), try evaluate(value, scope), budget)
        case .binary(let operation, let a, let b):
            return try checked(
                TemplateOperations.binary(operation, try evaluate(a, scope), try evaluate(b, scope), budget))
        case .all(let operands), .any(let operands):
            var isAll = false
            if case .all = kind { isAll = true }
            var value = TemplateValue.none
            for operand in operands {
                value = try evaluate(operand, scope)
                if value.isTrue != isAll { break }
            }
            return value
        case .comparison(let first, let rest): return .bool(try compares(first, rest, scope))
        case .concatenation(let operands):
            var text: Scalars = []
            for operand in operands {
                let value: TemplateValue = try evaluate(operand, scope)
                try budget.spend(value.size)
                text += try value.written()
            }
            return .string(text)
        case .choice(let value, let condition, let otherwise):
            if try evaluate(condition, scope).isTrue { return try evaluate(value, scope) }
            return try otherwise.map { expression throws(Problem) in try evaluate(expression, scope) }
                ?? .undefined("other side of an if")
        }
    }

    private func checked(_ value: TemplateValue) throws(Problem) -> TemplateValue {
        guard value.depth <= budget.limits.depth / 2 else { throw Problem("found a list in too many lists") }
        return value
    }

    private func evaluate(_ expression: Expression?, _ scope: TemplateScope) throws(Problem) -> TemplateValue? {
        guard let expression else { return nil }
        let value: TemplateValue = try evaluate(expression, scope)
        return value
    }

    private func evaluate(_ expressions: [Expression], _ scope: TemplateScope) throws(Problem) -> [TemplateValue] {
        var values: [TemplateValue] = []
        for expression in expressions { values.append(try evaluate(expression, scope).plain) }
        return values
    }

    private func evaluate(_ arguments: Arguments, _ scope: TemplateScope) throws(Problem) -> GivenArguments {
        var given = GivenArguments(positional: try evaluate(arguments.positional, scope))
        for (name, value) in arguments.named { given.named.append((name, try evaluate(value, scope).plain)) }
        for (values, areNamed) in arguments.spread {
            let values: TemplateValue = try evaluate(values, scope)
            guard areNamed else {
                given.positional += try TemplateOperations.elements(of: values, budget)
                continue
            }
            guard case .mapping(let mapping) = values else {
                throw Problem("**: found \(values.typeName), expected a mapping")
            }
            for member in mapping.members { given.named.append((try member.key.written().text, member.value)) }
        }
        try budget.spend(given.positional.count + given.named.count)
        return given
    }

    private func compares(
        _ first: Expression, _ rest: [(operation: String, operand: Expression)], _ scope: TemplateScope
    ) throws(Problem) -> Bool {
        var left = try evaluate(first, scope).plain
        for (operation, operand) in rest {
            let right = try evaluate(operand, scope).plain
            if operation.hasPrefix("<") || operation.hasPrefix(">") { try budget.spend(min(left.size, right.size)) }
            let holds =
                switch operation {
                case "==": try TemplateOperations.equals(left, right, budget)
                case "!=": try !TemplateOperations.equals(left, right, budget)
                case "in": try TemplateOperations.contains(right, left, budget)
                case "not in": try !TemplateOperations.contains(right, left, budget)
                case "<": try TemplateOperations.precedes(left, right)
                case ">": try TemplateOperations.precedes(right, left)
                case "<=": try !TemplateOperations.precedes(right, left)
                default: try !TemplateOperations.precedes(left, right)
                }
            if !holds { return false }
            left = right
        }
        return true
    }
}
