/// What may follow `is`.
enum TemplateTests {
    static func holds(
        _ name: String, _ value: TemplateValue, _ others: [TemplateValue], _ budget: TemplateBudget
    ) throws(Problem) -> Bool {
        // What is compared is read as far as the shorter of two goes.
        try budget.spend(others.first.map { min(value.size, $0.size) } ?? 1)
        func other() throws(Problem) -> TemplateValue {
            guard let first = others.first else { throw Problem("the test \(name): found no argument, expected one") }
            return first
        }
        switch name {
        case "defined": return !value.isUndefined
        case "undefined": return value.isUndefined
        case "none": if case .none = value { return true } else { return false }
        case "string": if case .string = value { return true } else { return false }
        case "mapping": if case .mapping = value { return true } else { return false }
        case "iterable", "sequence":
            switch value {
            case .undefined, .string, .list, .mapping: return true
            case .generator: return name == "iterable"
            default: return false
            }
        case "number": return value.double != nil
        case "integer": if case .integer = value { return true } else { return false }
        case "float": if case .number = value { return true } else { return false }
        case "boolean": if case .bool = value { return true } else { return false }
        case "true": if case .bool(true) = value { return true } else { return false }
        case "false": if case .bool(false) = value { return true } else { return false }
        case "callable": if case .callable = value { return true } else { return false }
        case "odd", "even", "divisibleby":
            guard let number = value.index else { throw Problem("found \(value.typeName), expected an integer") }
            guard let divisor = name == "divisibleby" ? try other().index : 2, divisor != 0 else {
                throw Problem("divisibleby: expected an integer that is not 0")
            }
            let rest = divisor == -1 ? 0 : number % divisor
            return name == "odd" ? rest != 0 : rest == 0
        case "in": return try TemplateOperations.contains(try other(), value, budget)
        case "eq", "equalto", "==": return value == (try other())
        case "ne", "!=": return value != (try other())
        case "gt", "greaterthan": return try TemplateOperations.precedes(try other(), value)
        case "lt", "lessthan": return try TemplateOperations.precedes(value, try other())
        case "ge": return try !TemplateOperations.precedes(value, try other())
        case "le": return try !TemplateOperations.precedes(try other(), value)
        case "sameas":
            switch (value, try other()) {
            case (.none, .none): return true
            case (.bool(let x), .bool(let y)): return x == y
            case (.bool, _), (_, .bool): return false
            case (let x, let y): return x == y
            }
        case "lower", "upper":
            try budget.spend(value.size)
            let text = try value.written()
            return text.contains(where: \.isCased) && (name == "lower" ? text.lower() == text : text.upper() == text)
        default: throw Problem("found the test \(name), expected a known one")
        }
    }
}
