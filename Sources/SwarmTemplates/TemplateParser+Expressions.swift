/// Tokens → expressions, with Jinja's precedences.
extension TemplateParser {
    /// One expression, or several with commas between them as a tuple.
    mutating func tuple(allowsChoice: Bool = true) throws(TemplateError) -> Expression {
        let line = current.line
        let first = try expression(allowsChoice: allowsChoice)
        guard current.kind == .symbol(",") else { return first }
        var elements = [first]
        while take(",") {
            switch current.kind {
            case .variableEnd, .blockEnd, .symbol(")"): break
            default:
                elements.append(try expression(allowsChoice: allowsChoice))
                continue
            }
            break
        }
        return Expression(kind: .list(elements, isTuple: true), line: line)
    }

    mutating func expression(allowsChoice: Bool = true) throws(TemplateError) -> Expression {
        try enter()
        defer { depth -= 1 }
        var value = try either()
        var chain = Chain(self)
        while allowsChoice, takeName("if") {
            try chain.grow()
            let condition = try either()
            let otherwise = takeName("else") ? try expression() : nil
            value = Expression(kind: .choice(value, if: condition, else: otherwise), line: value.line)
        }
        return value
    }

    /// Guards the depth of trees that grow to the left without nesting in the source.
    private struct Chain {
        private var links = 0
        private let error: TemplateError
        private let limit: Int

        init(_ parser: TemplateParser) {
            limit = parser.limits.depth / 2
            error = parser.error("found an expression of more than \(limit) parts")
        }

        mutating func grow() throws(TemplateError) {
            links += 1
            guard links <= limit else { throw error }
        }
    }

    private mutating func either() throws(TemplateError) -> Expression {
        var operands = [try both()]
        while takeName("or") { operands.append(try both()) }
        return operands.count == 1 ? operands[0] : Expression(kind: .any(operands), line: operands[0].line)
    }

    private mutating func both() throws(TemplateError) -> Expression {
        var operands = [try negation()]
        while takeName("and") { operands.append(try negation()) }
        return operands.count == 1 ? operands[0] : Expression(kind: .all(operands), line: operands[0].line)
    }

    private mutating func negation() throws(TemplateError) -> Expression {
        let line = current.line
        guard takeName("not") else { return try comparison() }
        try enter()
        defer { depth -= 1 }
        return Expression(kind: .not(try negation()), line: line)
    }

    private mutating func comparison() throws(TemplateError) -> Expression {
        let first = try sum()
        var rest: [(operation: String, operand: Expression)] = []
        while true {
            if case .symbol(let symbol) = current.kind, ["==", "!=", "<", "<=", ">", ">="].contains(symbol) {
                position += 1
                rest.append((symbol, try sum()))
            } else if takeName("in") {
                rest.append(("in", try sum()))
            } else if current.kind == .name("not"), next(1) == .name("in") {
                position += 2
                rest.append(("not in", try sum()))
            } else {
                return rest.isEmpty ? first : Expression(kind: .comparison(first, rest), line: first.line)
            }
        }
    }

    private mutating func sum() throws(TemplateError) -> Expression {
        var left = try concatenation()
        var chain = Chain(self)
        while case .symbol(let symbol) = current.kind, symbol == "+" || symbol == "-" {
            position += 1
            try chain.grow()
            left = Expression(kind: .binary(symbol, left, try concatenation()), line: left.line)
        }
        return left
    }

    private mutating func concatenation() throws(TemplateError) -> Expression {
        var operands = [try product()]
        while take("~") { operands.append(try product()) }
        return operands.count == 1 ? operands[0] : Expression(kind: .concatenation(operands), line: operands[0].line)
    }

    private mutating func product() throws(TemplateError) -> Expression {
        var left = try power()
        var chain = Chain(self)
        while case .symbol(let symbol) = current.kind, ["*", "/", "//", "%"].contains(symbol) {
            position += 1
            try chain.grow()
            left = Expression(kind: .binary(symbol, left, try power()), line: left.line)
        }
        return left
    }

    private mutating func power() throws(TemplateError) -> Expression {
        var left = try unary()
        var chain = Chain(self)
        while take("**") {
            try chain.grow()
            left = Expression(kind: .binary("**", left, try unary()), line: left.line)
        }
        return left
    }

    private mutating func unary(hasFilters: Bool = true) throws(TemplateError) -> Expression {
        try enter()
        defer { depth -= 1 }
        let line = current.line
        var value: Expression
        if take("-") {
            value = Expression(kind: .negative(try unary(hasFilters: false)), line: line)
        } else if take("+") {
            value = Expression(kind: .positive(try unary(hasFilters: false)), line: line)
        } else {
            value = try primary()
        }
        value = try postfix(of: value)
        return hasFilters ? try filters(of: value) : value
    }

    private mutating func primary() throws(TemplateError) -> Expression {
        let line = current.line
        let kind = current.kind
        position += 1
        switch kind {
        case .name(let name):
            switch name {
            case "true", "True": return Expression(kind: .bool(true), line: line)
            case "false", "False": return Expression(kind: .bool(false), line: line)
            case "none", "None": return Expression(kind: .none, line: line)
            default: return Expression(kind: .name(name), line: line)
            }
        case .string(var text):
            while case .string(let more) = current.kind {
                text += more
                position += 1
            }
            return Expression(kind: .string(text), line: line)
        case .integer(let value): return Expression(kind: .integer(value), line: line)
        case .number(let value): return Expression(kind: .number(value), line: line)
        case .symbol("("):
            if take(")") { return Expression(kind: .list([], isTuple: true), line: line) }
            let value = try tuple()
            try expect(")")
            return value
        case .symbol("["):
            var elements: [Expression] = []
            while !take("]") {
                if !elements.isEmpty {
                    try expect(",")
                    if take("]") { break }
                }
                elements.append(try expression())
            }
            return Expression(kind: .list(elements, isTuple: false), line: line)
        case .symbol("{"):
            var members: [(key: Expression, value: Expression)] = []
            while !take("}") {
                if !members.isEmpty {
                    try expect(",")
                    if take("}") { break }
                }
                let key = try expression()
                try expect(":")
                members.append((key, try expression()))
            }
            return Expression(kind: .mapping(members), line: line)
        default:
            position -= 1
            throw unexpected("an expression")
        }
    }

    private mutating func postfix(of value: Expression) throws(TemplateError) -> Expression {
        var value = value
        var chain = Chain(self)
        while true {
            if take(".") {
                if case .integer(let index) = current.kind {
                    position += 1
                    let key = Expression(kind: .integer(index), line: value.line)
                    value = Expression(kind: .item(value, key), line: value.line)
                } else {
                    value = Expression(kind: .attribute(value, try identifier()), line: value.line)
                }
            } else if take("[") {
                value = try subscripted(value)
            } else if current.kind == .symbol("(") {
                value = Expression(kind: .call(value, try arguments()), line: value.line)
            } else {
                return value
            }
            try chain.grow()
        }
    }

    private mutating func subscripted(_ value: Expression) throws(TemplateError) -> Expression {
        var parts: [Expression?] = [nil]
        while !take("]") {
            if take(":") {
                guard parts.count < 3 else { throw error("found a slice of more than three parts") }
                parts.append(nil)
            } else {
                guard parts[parts.count - 1] == nil else { throw unexpected("]") }
                parts[parts.count - 1] = try tuple()
            }
        }
        if parts.count == 1 {
            guard let key = parts[0] else { throw error("found [], expected a key in the brackets") }
            return Expression(kind: .item(value, key), line: value.line)
        }
        let by = parts.count == 3 ? parts[2] : nil
        return Expression(kind: .slice(value, from: parts[0], to: parts[1], by: by), line: value.line)
    }

    mutating func arguments() throws(TemplateError) -> Arguments {
        try expect("(")
        var arguments = Arguments()
        var isFirst = true
        while !take(")") {
            if !isFirst {
                try expect(",")
                if take(")") { break }
            }
            isFirst = false
            if take("*") {
                arguments.spread.append((try expression(), false))
            } else if take("**") {
                arguments.spread.append((try expression(), true))
            } else if case .name(let name) = current.kind, next(1) == .symbol("=") {
                position += 2
                arguments.named.append((name, try expression()))
            } else {
                guard arguments.named.isEmpty, arguments.spread.isEmpty else {
                    throw unexpected("an argument with a name")
                }
                arguments.positional.append(try expression())
            }
        }
        return arguments
    }

    /// The filters, tests and calls that follow `value`.
    mutating func filters(of value: Expression) throws(TemplateError) -> Expression {
        var value = value
        var chain = Chain(self)
        while true {
            if take("|") {
                value = try filter(of: value)
            } else if takeName("is") {
                value = try test(of: value)
            } else if current.kind == .symbol("(") {
                value = Expression(kind: .call(value, try arguments()), line: value.line)
            } else {
                return value
            }
            try chain.grow()
        }
    }

    mutating func filter(of value: Expression) throws(TemplateError) -> Expression {
        let line = current.line
        let name = try identifier()
        let arguments = current.kind == .symbol("(") ? try arguments() : Arguments()
        return Expression(kind: .filter(value, name, arguments), line: line)
    }

    private mutating func test(of value: Expression) throws(TemplateError) -> Expression {
        let line = current.line
        let isNegated = takeName("not")
        let name = try identifier()
        var arguments = Arguments()
        switch current.kind {
        case .symbol("("): arguments = try self.arguments()
        case .name("else"), .name("or"), .name("and"), .name("if"), .name("in"), .name("not"): break
        case .name("is"): throw error("found is after a test, expected brackets around it")
        case .name, .string, .integer, .number, .symbol("["), .symbol("{"):
            arguments.positional = [try postfix(of: primary())]
        default: break
        }
        let test = Expression(kind: .test(value, name, arguments), line: line)
        return isNegated ? Expression(kind: .not(test), line: line) : test
    }
}
