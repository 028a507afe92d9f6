/// Values by position and by name, as a filter, method or function is given them.
struct GivenArguments {
    var positional: [TemplateValue] = []
    var named: [(name: String, value: TemplateValue)] = []

    /// The argument at `position` of a parameter list, by either way.
    func value(_ position: Int, _ name: String) -> TemplateValue? {
        positional.indices.contains(position) ? positional[position] : named.first { $0.name == name }?.value
    }

    func text(_ position: Int, _ name: String) throws(Problem) -> Scalars? {
        guard let value = value(position, name) else { return nil }
        if case .none = value { return nil }
        guard case .string(let text) = value else { throw Problem("found \(value.typeName), expected a string") }
        return text
    }

    func integer(_ position: Int, _ name: String) throws(Problem) -> Int? {
        guard let value = value(position, name) else { return nil }
        if case .none = value { return nil }
        guard let index = value.index else { throw Problem("found \(value.typeName), expected an integer") }
        return index
    }
}

/// What may follow `|`.
enum TemplateFilters {
    /// Those that leave elements as they are; the others read values whole.
    private static let shallow: Set<String> = [
        "default", "d", "first", "last", "length", "count", "items", "map", "select", "reject", "selectattr",
        "rejectattr", "list", "reverse", "sum",
    ]

    static func apply(
        _ name: String, _ value: TemplateValue, _ given: GivenArguments, _ budget: TemplateBudget
    ) throws(Problem) -> TemplateValue {
        let isShallow = Self.shallow.contains(name)
        try budget.spend(isShallow ? value.count : value.size)
        func list(_ elements: [TemplateValue]) -> TemplateValue { .list(TemplateList(elements)) }
        func generator(_ elements: [TemplateValue]) -> TemplateValue { .generator(TemplateGenerator(elements)) }
        switch name {
        case "tojson": return try json(value, given, budget)
        case "trim": return .string(try value.written().stripped(given.text(0, "chars")))
        case "length", "count":
            switch value {
            case .mapping(let mapping): return .integer(mapping.members.count)
            case .generator: throw Problem("\(name): found a generator, expected something of known length")
            case .string(let text): return .integer(text.count)
            default: return .integer(try TemplateOperations.elements(of: value, budget).count)
            }
        case "default", "d":
            let replacesFalse = given.value(1, "boolean")?.isTrue ?? false
            return value.isUndefined || (replacesFalse && !value.isTrue)
                ? given.value(0, "default_value") ?? TemplateValue("") : value
        case "join":
            let separator = try given.value(0, "d")?.written() ?? []
            var parts: [Scalars] = []
            for element in try TemplateOperations.elements(of: value, budget) {
                let element = try subject(element, by: given.value(1, "attribute"))
                try budget.spend(element.size + separator.count)
                parts.append(try element.written())
            }
            return .string(Array(parts.joined(separator: separator)))
        case "items":
            if value.isUndefined { return generator([]) }
            guard case .mapping(let mapping) = value else {
                throw Problem("items: found \(value.typeName), expected a mapping")
            }
            return generator(mapping.members.map { .list(TemplateList([$0.key, $0.value], isTuple: true)) })
        case "map", "select", "reject", "selectattr", "rejectattr":
            // What is false has no elements, whatever it is.
            guard value.isTrue else { return generator([]) }
            guard name == "map" else { return generator(try chosen(name, value, given, budget)) }
            return generator(
                try TemplateOperations.elements(of: value, budget).map { element throws(Problem) in
                    if let path = given.named.first(where: { $0.name == "attribute" })?.value {
                        let found = try attribute(path, of: element)
                        return found.isUndefined
                            ? given.named.first { $0.name == "default" }?.value ?? found : found
                    }
                    guard case .string(let filter) = given.positional.first else {
                        throw Problem("map: found no filter and no attribute, expected one")
                    }
                    let rest = GivenArguments(positional: Array(given.positional.dropFirst()), named: given.named)
                    return try apply(filter.text, element, rest, budget)
                })
        case "upper": return .string(try value.written().upper())
        case "lower": return .string(try value.written().lower())
        case "title":
            var result: Scalars = []
            var starts = true
            for scalar in try value.written() {
                let mapping = starts ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
                result += Array(mapping.unicodeScalars)
                starts = scalar.isPythonSpace || ["-", "(", "{", "[", "<"].contains(scalar)
            }
            return .string(result)
        case "capitalize": return .string(try value.written().capitalized())
        case "replace":
            guard let old = try given.value(0, "old")?.written(), let new = try given.value(1, "new")?.written() else {
                throw Problem("replace: expected what to replace and what with")
            }
            let limit = try given.integer(2, "count").flatMap { $0 < 0 ? nil : $0 }
            let text = try value.written()
            try budget.spend(searching: text, for: old)
            let places = old.isEmpty ? text.count + 1 : text.split(by: old, limit: limit).count - 1
            let (size, overflow) = places.multipliedReportingOverflow(by: new.count)
            try budget.spend(overflow ? Int.max : size)
            return .string(text.replacing(old, with: new, limit: limit))
        case "first":
            if case .generator(let generator) = value {
                return generator.next() ?? .undefined("first element of an empty list")
            }
            if case .string(let text) = value, let first = text.first { return .string([first]) }
            return try TemplateOperations.elements(of: value, budget).first
                ?? .undefined("first element of an empty list")
        case "last":
            if case .generator = value { throw Problem("last: found a generator, expected a list") }
            if case .string(let text) = value, let last = text.last { return .string([last]) }
            return try TemplateOperations.elements(of: value, budget).last
                ?? .undefined("last element of an empty list")
        case "list": return list(try TemplateOperations.elements(of: value, budget))
        case "string": return .string(try value.written())
        case "safe": return .markup(try value.written())
        case "e", "escape": return .markup(try value.written().escaped())
        case "int":
            if let index = value.index { return .integer(index) }
            if let double = value.double, let whole = Int(exactly: double.rounded(.towardZero)) {
                return .integer(whole)
            }
            if case .string(let text) = value {
                let text = text.stripped().text
                if let whole = Int(text) { return .integer(whole) }
                if let double = Double(text), let whole = Int(exactly: double.rounded(.towardZero)) {
                    return .integer(whole)
                }
            }
            return given.value(0, "default") ?? .integer(0)
        case "float":
            if let double = value.double { return .number(double) }
            if case .string(let text) = value, let double = Double(text.stripped().text) { return .number(double) }
            return given.value(0, "default") ?? .number(0)
        case "abs":
            if let index = value.index, index != Int.min { return .integer(abs(index)) }
            if case .number(let double) = value { return .number(abs(double)) }
            throw Problem("abs: found \(value.typeName), expected a number")
        case "reverse":
            if case .string(let text) = value { return .string(text.reversed()) }
            let reversed: [TemplateValue] = try TemplateOperations.elements(of: value, budget).reversed()
            if case .generator = value { return list(reversed) }
            return generator(reversed)
        case "sort", "unique", "min", "max":
            return try ordered(name, value, given, budget)
        case "sum":
            var sum = given.value(1, "start") ?? .integer(0)
            for element in try TemplateOperations.elements(of: value, budget) {
                let element = try subject(element, by: given.value(0, "attribute"))
                sum = try TemplateOperations.binary("+", sum, element, budget)
            }
            return sum
        case "dictsort":
            guard case .mapping(let mapping) = value else {
                throw Problem("dictsort: found \(value.typeName), expected a mapping")
            }
            let pairs = mapping.members.map { TemplateValue.list(TemplateList([$0.key, $0.value], isTuple: true)) }
            let keys = mapping.members.map { folded($0.key) }
            return list(try order(keys).map { pairs[$0] })
        case "indent":
            let isFirst = given.value(1, "first")?.isTrue ?? false
            let width: Scalars
            switch given.value(0, "width") {
            case .string(let text): width = text
            case let value:
                let count = value?.index ?? 4
                guard count <= 1000 else { throw Problem("indent: found \(count), expected at most 1000") }
                width = Scalars(repeating: " ", count: max(0, count))
            }
            let keepsBlank = given.value(2, "blank")?.isTrue ?? false
            let text = try value.written()
            try budget.spend(text.count * (width.count + 1))
            let lines = text.split(by: ["\n"], limit: nil)
            let indented = lines.enumerated().map { place, line in
                (place == 0 ? isFirst : keepsBlank || !line.isEmpty) ? width + line : line
            }
            return .string(Array(indented.joined(separator: ["\n"])))
        default: throw Problem("found the filter \(name), expected a known one")
        }
    }

    private static func json(
        _ value: TemplateValue, _ given: GivenArguments, _ budget: TemplateBudget
    ) throws(Problem) -> TemplateValue {
        var json = JSONText()
        switch given.value(1, "indent") {
        case nil, .some(.none): break
        case .some(.string(let text)): json.indent = text
        case .some(let value):
            guard let width = value.index, width <= 100 else {
                throw Problem("tojson: expected an indent of at most 100")
            }
            json.indent = Scalars(repeating: " ", count: max(0, width))
        }
        if json.indent != nil { json.itemSeparator = [","] }
        if case .list(let separators) = given.value(2, "separators"), separators.elements.count == 2 {
            json.itemSeparator = try separators.elements[0].written()
            json.keySeparator = try separators.elements[1].written()
        }
        json.isASCII = given.value(0, "ensure_ascii")?.isTrue ?? false
        json.sortsKeys = given.value(3, "sort_keys")?.isTrue ?? false
        try json.write(value, budget: budget)
        return .string(json.text)
    }

    /// A member by a path such as `function.name`.
    private static func attribute(_ path: TemplateValue, of value: TemplateValue) throws(Problem) -> TemplateValue {
        if path.index != nil { return TemplateMembers.item(path, of: value) }
        var value = value
        for part in try path.written().split(by: ["."], limit: nil) {
            let key = Int(part.text).map { TemplateValue.integer($0) } ?? .string(part)
            if value.isUndefined { throw Problem("found \(value.typeName), expected something with members") }
            value = TemplateMembers.item(key, of: value)
        }
        return value
    }

    private static func subject(_ element: TemplateValue, by path: TemplateValue?) throws(Problem) -> TemplateValue {
        guard let path else { return element }
        if case .none = path { return element }
        return try attribute(path, of: element)
    }

    private static func chosen(
        _ name: String, _ value: TemplateValue, _ given: GivenArguments, _ budget: TemplateBudget
    ) throws(Problem) -> [TemplateValue] {
        let byAttribute = name.hasSuffix("attr")
        let keeps = name.hasPrefix("select")
        var arguments = given.positional[...]
        let path = byAttribute ? arguments.popFirst() : nil
        if byAttribute, path == nil { throw Problem("\(name): expected an attribute") }
        let test = try arguments.popFirst()?.written().text
        var result: [TemplateValue] = []
        for element in try TemplateOperations.elements(of: value, budget) {
            let subject = try self.subject(element, by: path)
            var holds = subject.isTrue
            if let test { holds = try TemplateTests.holds(test, subject, Array(arguments), budget) }
            if holds == keeps { result.append(element) }
        }
        return result
    }

    private static func folded(_ value: TemplateValue) -> TemplateValue {
        if case .string(let text) = value { return .string(text.lower()) }
        return value
    }

    /// The order of `keys`, equal ones as they stand.
    private static func order(_ keys: [TemplateValue]) throws(Problem) -> [Int] {
        var problem: Problem?
        let order = keys.indices.sorted { a, b in
            do throws(Problem) {
                if try TemplateOperations.precedes(keys[a], keys[b]) { return true }
                return try !TemplateOperations.precedes(keys[b], keys[a]) && a < b
            } catch {
                problem = error
                return false
            }
        }
        if let problem { throw problem }
        return order
    }

    private static func ordered(
        _ name: String, _ value: TemplateValue, _ given: GivenArguments, _ budget: TemplateBudget
    ) throws(Problem) -> TemplateValue {
        let elements = try TemplateOperations.elements(of: value, budget)
        let isExact = given.value(name == "sort" ? 1 : 0, "case_sensitive")?.isTrue ?? false
        let path = given.value(name == "sort" ? 2 : 1, "attribute")
        var keys: [TemplateValue] = []
        for element in elements {
            let key = try subject(element, by: path)
            keys.append(isExact ? key : folded(key))
        }
        if name == "unique" {
            var seen: [TemplateValue] = []
            var kept: [TemplateValue] = []
            for (key, element) in zip(keys, elements) {
                for other in seen { try budget.spend(min(other.size, key.size)) }
                if seen.contains(key) { continue }
                seen.append(key)
                kept.append(element)
            }
            return .generator(TemplateGenerator(kept))
        }
        // Comparisons of a sort: about n log₂ n, each of two keys.
        let rounds = Int.bitWidth - keys.count.leadingZeroBitCount
        try budget.spend(min(value.size, Int.max / 128) * rounds)
        let order = try order(keys)
        switch name {
        case "min": return order.first.map { elements[$0] } ?? .undefined("least element of an empty list")
        case "max":
            guard let greatest = order.last, let first = order.first(where: { keys[$0] == keys[greatest] }) else {
                return .undefined("greatest element of an empty list")
            }
            return elements[first]
        default:
            // Reversed, equal ones still stand as they stood.
            guard given.value(0, "reverse")?.isTrue == true else {
                return .list(TemplateList(order.map { elements[$0] }))
            }
            var reversed: [Int] = []
            var end = order.count
            while end > 0 {
                var start = end - 1
                while start > 0, keys[order[start - 1]] == keys[order[end - 1]] { start -= 1 }
                reversed += order[start..<end]
                end = start
            }
            return .list(TemplateList(reversed.map { elements[$0] }))
        }
    }
}
