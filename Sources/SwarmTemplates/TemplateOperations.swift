/// Operators over values, as Python has them for these types.
enum TemplateOperations {
    static func precedes(_ a: TemplateValue, _ b: TemplateValue) throws(Problem) -> Bool {
        if let x = a.index, let y = b.index { return x < y }
        if let x = a.double, let y = b.double { return x < y }
        switch (a, b) {
        case (.string(let x), .string(let y)): return x.lexicographicallyPrecedes(y)
        case (.list(let x), .list(let y)):
            for (first, second) in zip(x.elements, y.elements) where first != second {
                return try precedes(first, second)
            }
            return x.elements.count < y.elements.count
        default: throw Problem("found \(a.typeName) and \(b.typeName), expected two values that have an order")
        }
    }

    /// Python's `part in whole`.
    static func contains(
        _ whole: TemplateValue, _ part: TemplateValue, _ budget: TemplateBudget
    ) throws(Problem) -> Bool {
        switch whole {
        case .undefined: return false
        case .string(let text):
            guard case .string(let part) = part else { throw Problem("in: found \(part.typeName), expected a string") }
            try budget.spend(searching: text, for: part)
            return text.place(of: part) != nil
        case .list(let list):
            for element in list.elements { if try equals(element, part, budget) { return true } }
            return false
        case .generator(let generator):
            while let element = generator.next() { if try equals(element, part, budget) { return true } }
            return false
        case .mapping(let mapping):
            guard part.isKey else { throw Problem("in: found \(part.typeName), expected a key") }
            try budget.spend(mapping.members.count)
            return mapping[part] != nil
        default: throw Problem("in: found \(whole.typeName), expected something that has elements")
        }
    }

    static func equals(
        _ a: TemplateValue, _ b: TemplateValue, _ budget: TemplateBudget
    ) throws(Problem) -> Bool {
        try budget.spend(min(a.size, b.size))
        return a == b
    }

    static func elements(of value: TemplateValue, _ budget: TemplateBudget) throws(Problem) -> [TemplateValue] {
        switch value {
        case .undefined: return []
        case .string(let text), .markup(let text):
            try budget.spend(text.count * TemplateBudget.evaluation)
            return text.map { .string([$0]) }
        case .list(let list): return list.elements
        case .mapping(let mapping): return mapping.members.map(\.key)
        case .generator(let generator): return generator.rest()
        default: throw Problem("found \(value.typeName), expected something that has elements")
        }
    }

    static func binary(
        _ operation: String, _ a: TemplateValue, _ b: TemplateValue, _ budget: TemplateBudget
    ) throws(Problem) -> TemplateValue {
        if let x = a.index, let y = b.index { return try whole(operation, x, y) }
        if let x = a.double, let y = b.double { return try real(operation, x, y) }
        switch (operation, a, b) {
        case ("+", .string(let x), .string(let y)):
            try budget.spend(x.count + y.count)
            return .string(x + y)
        case ("+", .markup(let x), .string(let y)):
            try budget.spend(x.count + 6 * y.count)
            return .markup(x + y.escaped())
        case ("+", .string(let x), .markup(let y)):
            try budget.spend(6 * x.count + y.count)
            return .markup(x.escaped() + y)
        case ("+", .markup(let x), .markup(let y)):
            try budget.spend(x.count + y.count)
            return .markup(x + y)
        case ("+", .list(let x), .list(let y)) where x.isTuple == y.isTuple:
            try budget.spend(x.elements.count + y.elements.count)
            return .list(TemplateList(x.elements + y.elements, isTuple: x.isTuple))
        case ("*", .string(let text), let times), ("*", let times, .string(let text)),
            ("*", .markup(let text), let times), ("*", let times, .markup(let text)):
            guard let count = times.index else { break }
            let (size, overflow) = text.count.multipliedReportingOverflow(by: max(0, count))
            try budget.spend(overflow ? Int.max : size)
            let repeated = Array(repeatElement(text, count: max(0, count)).joined())
            if case .markup = a { return .markup(repeated) }
            if case .markup = b { return .markup(repeated) }
            return .string(repeated)
        default: break
        }
        throw Problem("\(operation): found \(a.typeName) and \(b.typeName), expected two numbers or two strings")
    }

    private static func whole(_ operation: String, _ x: Int, _ y: Int) throws(Problem) -> TemplateValue {
        func checked(_ result: (partialValue: Int, overflow: Bool)) throws(Problem) -> TemplateValue {
            guard !result.overflow else { throw Problem("\(operation): found a number of more than 64 bits") }
            return .integer(result.partialValue)
        }
        switch operation {
        case "+": return try checked(x.addingReportingOverflow(y))
        case "-": return try checked(x.subtractingReportingOverflow(y))
        case "*": return try checked(x.multipliedReportingOverflow(by: y))
        case "**":
            guard y >= 0 else { return try real(operation, Double(x), Double(y)) }
            var result = (partialValue: 1, overflow: false)
            if x == 0 || x == 1 { return .integer(y == 0 ? 1 : x) }
            for _ in 0..<min(y, 64) where !result.overflow {
                result = result.partialValue.multipliedReportingOverflow(by: x)
            }
            guard y < 64 else { throw Problem("**: found a number of more than 64 bits") }
            return try checked(result)
        default:
            guard y != 0 else { throw Problem("\(operation): found a division by zero") }
            if operation == "/" { return .number(Double(x) / Double(y)) }
            let (quotient, overflow) = x.dividedReportingOverflow(by: y)
            guard !overflow else { throw Problem("\(operation): found a number of more than 64 bits") }
            // Python rounds towards −∞.
            let rest = x % y
            let isBelow = rest != 0 && (rest < 0) != (y < 0)
            return .integer(operation == "%" ? (isBelow ? rest + y : rest) : (isBelow ? quotient - 1 : quotient))
        }
    }

    private static func real(_ operation: String, _ x: Double, _ y: Double) throws(Problem) -> TemplateValue {
        switch operation {
        case "+": return .number(x + y)
        case "-": return .number(x - y)
        case "*": return .number(x * y)
        case "**": throw Problem("**: found fractions, expected whole numbers")
        default:
            guard y != 0 else { throw Problem("\(operation): found a division by zero") }
            switch operation {
            case "/": return .number(x / y)
            case "//": return .number((x / y).rounded(.down))
            default: return .number(x - (x / y).rounded(.down) * y)
            }
        }
    }

    /// Python's `value[from:to:by]`.
    static func slice(
        _ value: TemplateValue, _ from: TemplateValue?, _ to: TemplateValue?, _ by: TemplateValue?,
        _ budget: TemplateBudget
    ) throws(Problem) -> TemplateValue {
        func bound(_ value: TemplateValue?) throws(Problem) -> Int? {
            switch value {
            case nil, .some(.none): return nil
            case .some(let value):
                guard let index = value.index else {
                    throw Problem("slice: found \(value.typeName), expected an integer")
                }
                return index
            }
        }
        let count: Int
        switch value {
        case .string(let text): count = text.count
        case .list(let list): count = list.elements.count
        default: throw Problem("slice: found \(value.typeName), expected a string or a list")
        }
        let step = try bound(by) ?? 1
        guard step != 0 else { throw Problem("slice: found a step of 0") }
        // Beyond the length every step is the same.
        let stride = min(max(step, -count - 1), count + 1)
        func place(_ index: Int?, _ absent: Int) -> Int {
            guard let index else { return absent }
            let lowest = step < 0 ? -1 : 0
            let highest = step < 0 ? count - 1 : count
            return index < 0 ? max(lowest, index < -count ? lowest : index + count) : min(index, highest)
        }
        let start = place(try bound(from), step < 0 ? count - 1 : 0)
        let end = place(try bound(to), step < 0 ? -1 : count)
        try budget.spend(max(0, stride > 0 ? end - start : start - end) / abs(stride))
        let indices = Array(Swift.stride(from: start, to: end, by: stride))
        if case .string(let text) = value { return .string(indices.map { text[$0] }) }
        guard case .list(let list) = value else { return value }
        return .list(TemplateList(indices.map { list.elements[$0] }, isTuple: list.isTuple))
    }
}
