/// Tokens → statements.
struct TemplateParser {
    let name: String
    let tokens: [TemplateToken]
    let limits: TemplateLimits
    var position = 0
    var depth = 0
    private var loops = 0

    /// - Throws: `TemplateError` with the line.
    static func parse(_ source: String, name: String, limits: TemplateLimits) throws(TemplateError) -> [Statement] {
        guard source.utf8.count <= limits.sourceBytes else {
            throw TemplateError(
                template: name, line: nil,
                problem: "found \(source.utf8.count) bytes, expected at most \(limits.sourceBytes)")
        }
        let tokens = try TemplateLexer.tokens(of: source, name: name)
        var parser = TemplateParser(name: name, tokens: tokens, limits: limits)
        let (statements, _) = try parser.body(until: [])
        return statements
    }

    private init(name: String, tokens: [TemplateToken], limits: TemplateLimits) {
        self.name = name
        self.tokens = tokens
        self.limits = limits
    }

    // MARK: Tokens

    /// The token here; the last one is always `end`.
    var current: TemplateToken { tokens[min(position, tokens.count - 1)] }

    func next(_ offset: Int) -> TemplateToken.Kind { tokens[min(position + offset, tokens.count - 1)].kind }

    func error(_ problem: String) -> TemplateError {
        TemplateError(template: name, line: current.line, problem: problem)
    }

    func unexpected(_ expected: String) -> TemplateError { error("found \(found), expected \(expected)") }

    private var found: String {
        switch current.kind {
        case .text: "text"
        case .variableBegin: "{{"
        case .variableEnd: "}}"
        case .blockBegin: "{%"
        case .blockEnd: "%}"
        case .name(let name): name
        case .string: "a string"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .symbol(let symbol): symbol
        case .end: "the template's end"
        }
    }

    /// Takes `symbol` when it is here.
    mutating func take(_ symbol: String) -> Bool {
        guard current.kind == .symbol(symbol) else { return false }
        position += 1
        return true
    }

    mutating func takeName(_ name: String) -> Bool {
        guard current.kind == .name(name) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ symbol: String) throws(TemplateError) {
        guard take(symbol) else { throw unexpected(symbol) }
    }

    mutating func identifier() throws(TemplateError) -> String {
        guard case .name(let name) = current.kind else { throw unexpected("a name") }
        position += 1
        return name
    }

    private mutating func endBlock() throws(TemplateError) {
        guard current.kind == .blockEnd else { throw unexpected("%}") }
        position += 1
    }

    /// - Throws: when the syntax nests too deeply.
    mutating func enter() throws(TemplateError) {
        depth += 1
        guard depth <= limits.depth else { throw error("found more than \(limits.depth) nested levels") }
    }

    // MARK: Statements

    /// Statements up to one of `ends`, whose name is taken and returned.
    private mutating func body(until ends: [String]) throws(TemplateError) -> ([Statement], end: String) {
        try enter()
        defer { depth -= 1 }
        var statements: [Statement] = []
        while true {
            let line = current.line
            switch current.kind {
            case .text(let text):
                position += 1
                statements.append(Statement(kind: .text(text), line: line))
            case .variableBegin:
                position += 1
                let value = try tuple()
                guard current.kind == .variableEnd else { throw unexpected("}}") }
                position += 1
                statements.append(Statement(kind: .output(value), line: line))
            case .blockBegin:
                position += 1
                let name = try identifier()
                if ends.contains(name) { return (statements, name) }
                statements.append(Statement(kind: try statement(name), line: line))
            case .end where ends.isEmpty: return (statements, "")
            default: throw unexpected(ends.isEmpty ? "a statement" : ends.joined(separator: " or "))
            }
        }
    }

    /// The body of a statement that ends with `end`, both tags' ends included.
    private mutating func block(end: String) throws(TemplateError) -> [Statement] {
        try endBlock()
        let (statements, _) = try body(until: [end])
        if end == "endmacro", case .name = current.kind { position += 1 }
        try endBlock()
        return statements
    }

    private mutating func statement(_ name: String) throws(TemplateError) -> Statement.Kind {
        switch name {
        case "if": return try condition()
        case "for": return try loop()
        case "set": return try set()
        case "macro":
            let name = try identifier()
            let parameters = try parameters()
            return .macro(MacroDefinition(name: name, parameters: parameters, body: try outsideLoops(end: "endmacro")))
        case "call":
            let parameters = current.kind == .symbol("(") ? try parameters() : []
            let call = try expression()
            guard case .call = call.kind else { throw error("found no call, expected one") }
            let body = try outsideLoops(end: "endcall")
            return .call(call, MacroDefinition(name: "caller", parameters: parameters, body: body))
        case "filter":
            let filters = try blockFilters(isFirstNamed: true)
            return .filterBlock(try block(end: "endfilter"), filters: filters)
        case "with":
            var values: [(AssignmentTarget, Expression)] = []
            while current.kind != .blockEnd {
                if !values.isEmpty { try expect(",") }
                let target = AssignmentTarget.name(try identifier())
                try expect("=")
                values.append((target, try expression()))
            }
            return .with(values, try block(end: "endwith"))
        case "generation": return .generation(try block(end: "endgeneration"))
        case "break", "continue":
            guard loops > 0 else { throw error("found \(name) outside of a loop") }
            try endBlock()
            return name == "break" ? .leave : .next
        default: throw error("found the statement \(name), expected one that chat templates have")
        }
    }

    private mutating func outsideLoops(end: String) throws(TemplateError) -> [Statement] {
        let outer = loops
        loops = 0
        defer { loops = outer }
        return try block(end: end)
    }

    private mutating func condition() throws(TemplateError) -> Statement.Kind {
        var branches: [(condition: Expression, body: [Statement])] = []
        while true {
            let condition = try tuple(allowsChoice: false)
            try endBlock()
            let (statements, end) = try body(until: ["elif", "else", "endif"])
            branches.append((condition, statements))
            if end == "elif" { continue }
            let otherwise = end == "else" ? try block(end: "endif") : []
            if end == "endif" { try endBlock() }
            return .condition(branches, else: otherwise)
        }
    }

    private mutating func loop() throws(TemplateError) -> Statement.Kind {
        let target = try target()
        guard takeName("in") else { throw unexpected("in") }
        let values = try tuple(allowsChoice: false)
        let filter = takeName("if") ? try expression() : nil
        if current.kind == .name("recursive") { throw error("found a recursive loop, expected a plain one") }
        try endBlock()
        loops += 1
        let (statements, end) = try body(until: ["endfor", "else"])
        loops -= 1
        let otherwise = end == "else" ? try block(end: "endfor") : []
        if end == "endfor" { try endBlock() }
        return .loop(target: target, over: values, filter: filter, body: statements, else: otherwise)
    }

    private mutating func set() throws(TemplateError) -> Statement.Kind {
        let target: AssignmentTarget
        if case .name(let name) = current.kind, next(1) == .symbol(".") {
            position += 2
            target = .member(name, try identifier())
        } else {
            target = try self.target()
        }
        if take("=") {
            let value = try tuple()
            try endBlock()
            return .set(target, value)
        }
        let filters = try blockFilters(isFirstNamed: false)
        return .setBlock(target, try block(end: "endset"), filters: filters)
    }

    /// The filters of a block, applied to its body.
    private mutating func blockFilters(isFirstNamed: Bool) throws(TemplateError) -> Expression {
        let body = Expression(kind: .body, line: current.line)
        return try filters(of: isFirstNamed ? try filter(of: body) : body)
    }

    private mutating func target() throws(TemplateError) -> AssignmentTarget {
        var targets: [AssignmentTarget] = []
        var isTuple = false
        repeat {
            if take("(") {
                try enter()
                targets.append(try target())
                depth -= 1
                try expect(")")
            } else if targets.isEmpty || current.kind != .name("in") {
                targets.append(.name(try identifier()))
            }
            if current.kind == .symbol(",") { isTuple = true }
        } while take(",")
        return isTuple ? .tuple(targets) : targets[0]
    }

    private mutating func parameters() throws(TemplateError) -> [(name: String, fallback: Expression?)] {
        try expect("(")
        var parameters: [(name: String, fallback: Expression?)] = []
        while !take(")") {
            if !parameters.isEmpty { try expect(",") }
            let name = try identifier()
            parameters.append((name, take("=") ? try expression() : nil))
        }
        return parameters
    }
}
