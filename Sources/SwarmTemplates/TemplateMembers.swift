/// Members and methods of values: `value.name`, `value[key]`.
enum TemplateMembers {
    private static let ofStrings: Set<String> = [
        "split", "rsplit", "strip", "lstrip", "rstrip", "startswith", "endswith", "upper", "lower", "title",
        "capitalize", "replace", "find", "rfind", "count", "join", "splitlines", "isdigit", "isalpha", "isspace",
        "removeprefix", "removesuffix", "index",
    ]
    private static let ofMappings: Set<String> = ["items", "keys", "values", "get"]
    private static let ofLists: Set<String> = ["index", "count"]

    /// `value.name`: a method where the type has one, else the member.
    static func attribute(_ name: String, of value: TemplateValue) throws(Problem) -> TemplateValue {
        if value.isUndefined { throw Problem("found \(value.typeName), expected something with the member \(name)") }
        return method(name, of: value) ?? item(TemplateValue(name), of: value)
    }

    /// `value[key]`: the element, else the method.
    static func subscripted(_ key: TemplateValue, of value: TemplateValue) throws(Problem) -> TemplateValue {
        if value.isUndefined { throw Problem("found \(value.typeName), expected something with members") }
        let found = item(key, of: value)
        if found.isUndefined, case .string(let name) = key, let method = method(name.text, of: value) { return method }
        return found
    }

    static func item(_ key: TemplateValue, of value: TemplateValue) -> TemplateValue {
        var missing: TemplateValue {
            let name = key.size <= 60 ? try? key.represented() : nil
            return .undefined("member \(name?.text ?? "of that name")")
        }
        switch value {
        case .mapping(let mapping): return mapping[key] ?? missing
        case .namespace(let namespace):
            guard case .string(let name) = key else { return missing }
            return namespace.members[name] ?? missing
        case .loop(let loop):
            guard case .string(let name) = key else { return missing }
            return loop[name.text] ?? missing
        case .list(let list):
            guard let place = place(key, in: list.elements.count) else { return missing }
            return list.elements[place]
        case .string(let text):
            guard let place = place(key, in: text.count) else { return missing }
            return .string([text[place]])
        default: return missing
        }
    }

    private static func place(_ key: TemplateValue, in count: Int) -> Int? {
        guard let index = key.index, index >= -count, index < count else { return nil }
        return index < 0 ? index + count : index
    }

    private static func method(_ name: String, of value: TemplateValue) -> TemplateValue? {
        let names: Set<String> =
            switch value {
            case .string: ofStrings
            case .mapping: ofMappings
            case .list: ofLists
            default: []
            }
        return names.contains(name) ? .callable(.method(receiver: [value], name: name)) : nil
    }

    static func call(
        _ name: String, of receiver: TemplateValue, _ given: GivenArguments, _ budget: TemplateBudget
    ) throws(Problem) -> TemplateValue {
        switch receiver {
        case .string(let text):
            try budget.spend(text.count)
            return try call(name, of: text, given, budget)
        case .mapping(let mapping):
            switch name {
            case "items":
                return .list(
                    TemplateList(
                        mapping.members.map { .list(TemplateList([$0.key, $0.value], isTuple: true)) }))
            case "keys": return .list(TemplateList(mapping.members.map(\.key)))
            case "values": return .list(TemplateList(mapping.members.map(\.value)))
            default:
                guard let key = given.value(0, "key"), key.isKey else { throw Problem("get: expected a key") }
                try budget.spend(receiver.lookUpCost)
                return mapping[key] ?? given.value(1, "default") ?? .none
            }
        case .list(let list):
            guard let element = given.positional.first else { throw Problem("\(name): expected an element") }
            for other in list.elements { try budget.spend(min(other.size, element.size)) }
            if name == "count" { return .integer(list.elements.count { $0 == element }) }
            guard let place = list.elements.firstIndex(of: element) else {
                throw Problem("index: expected an element of the list")
            }
            return .integer(place)
        default: throw Problem("found \(receiver.typeName), expected something with the method \(name)")
        }
    }

    private static func call(
        _ name: String, of text: Scalars, _ given: GivenArguments, _ budget: TemplateBudget
    ) throws(Problem) -> TemplateValue {
        func required(_ what: String) throws(Problem) -> Scalars {
            guard let part = try given.text(0, what) else { throw Problem("\(name): expected a string") }
            return part
        }
        func list(_ parts: [Scalars]) -> TemplateValue { .list(TemplateList(parts.map { .string($0) })) }
        switch name {
        case "split", "rsplit":
            let limit = try given.integer(1, "maxsplit").flatMap { $0 < 0 ? nil : $0 }
            guard let separator = try given.text(0, "sep") else {
                if name == "split" || limit == nil { return list(text.words(limit: limit)) }
                return list(Scalars(text.reversed()).words(limit: limit).reversed().map { $0.reversed() })
            }
            guard !separator.isEmpty else { throw Problem("\(name): found an empty separator") }
            try budget.spend(searching: text, for: separator)
            return list(
                name == "split" ? text.split(by: separator, limit: limit) : text.rightSplit(by: separator, limit: limit)
            )
        case "strip": return .string(text.stripped(try given.text(0, "chars")))
        case "lstrip": return .string(text.stripped(try given.text(0, "chars"), .left))
        case "rstrip": return .string(text.stripped(try given.text(0, "chars"), .right))
        case "startswith", "endswith":
            var parts: [Scalars] = []
            if case .list(let list) = given.positional.first {
                for part in list.elements { parts.append(try part.written()) }
            } else {
                parts = [try required("prefix")]
            }
            return .bool(
                parts.contains {
                    name == "startswith" ? text.starts(with: $0) : text.reversed().starts(with: $0.reversed())
                })
        case "upper": return .string(text.upper())
        case "lower": return .string(text.lower())
        case "title": return .string(text.titled())
        case "capitalize": return .string(text.capitalized())
        case "replace": return try TemplateFilters.apply("replace", .string(text), given, budget)
        case "find", "index":
            let part = try required("sub")
            try budget.spend(searching: text, for: part)
            let place = text.place(of: part)
            if name == "index", place == nil { throw Problem("index: expected a part of the string") }
            return .integer(place ?? -1)
        case "rfind":
            let part = try required("sub")
            try budget.spend(searching: text, for: part)
            return .integer(
                Scalars(text.reversed()).place(of: part.reversed()).map { text.count - $0 - part.count } ?? -1)
        case "count":
            let part = try required("sub")
            try budget.spend(searching: text, for: part)
            return .integer(part.isEmpty ? text.count + 1 : text.split(by: part, limit: nil).count - 1)
        case "join":
            guard let parts = given.positional.first else { throw Problem("join: expected a list") }
            return try TemplateFilters.apply("join", parts, GivenArguments(positional: [.string(text)]), budget)
        case "splitlines": return list(text.lines())
        case "isdigit": return .bool(!text.isEmpty && text.allSatisfy { $0.properties.numericType == .decimal })
        case "isalpha": return .bool(!text.isEmpty && text.allSatisfy(\.properties.isAlphabetic))
        case "isspace": return .bool(!text.isEmpty && text.allSatisfy(\.isPythonSpace))
        case "removeprefix":
            let part = try required("prefix")
            return .string(text.starts(with: part) ? Array(text.dropFirst(part.count)) : text)
        default:
            let part = try required("suffix")
            return .string(text.reversed().starts(with: part.reversed()) ? text.dropLast(part.count) : text)
        }
    }
}
