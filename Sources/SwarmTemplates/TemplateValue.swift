/// Text as Python has it: by Unicode scalar, so that lengths and slices agree with the reference.
package typealias Scalars = [Unicode.Scalar]

extension [Unicode.Scalar] {
    package init(text: String) { self = Array(text.unicodeScalars) }

    package var text: String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: self)
        return String(view)
    }
}

/// A value that a template computes with. Lists and mappings are values: templates cannot change what they are given.
package enum TemplateValue {
    /// A name or member that is not there; what it was, for messages.
    case undefined(String)
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(Scalars)
    case list(TemplateList)
    case mapping(TemplateMapping)
    case generator(TemplateGenerator)
    case namespace(TemplateNamespace)
    case callable(TemplateCallable)

    package init(_ text: String) { self = .string(Scalars(text: text)) }
}

/// A list or a tuple.
package struct TemplateList {
    package let elements: [TemplateValue]
    package let isTuple: Bool
    /// 1 plus that of the deepest element.
    let depth: Int

    package init(_ elements: [TemplateValue], isTuple: Bool = false) {
        self.elements = elements
        self.isTuple = isTuple
        depth = 1 + (elements.lazy.map(\.depth).max() ?? 0)
    }
}

/// What filters such as `map` and `select` give: values that can be gone through once, of a number that is not known
/// before. True even where it is empty, as in Python.
package final class TemplateGenerator {
    private var left: ArraySlice<TemplateValue>
    let depth: Int

    init(_ elements: [TemplateValue]) {
        left = elements[...]
        depth = 1 + (elements.lazy.map(\.depth).max() ?? 0)
    }

    func next() -> TemplateValue? { left.popFirst() }

    /// All that is left.
    func rest() -> [TemplateValue] {
        defer { left = [] }
        return Array(left)
    }
}

/// Keys and values in their order.
package struct TemplateMapping {
    package let members: [(key: TemplateValue, value: TemplateValue)]
    let depth: Int

    package init(_ members: [(key: TemplateValue, value: TemplateValue)]) {
        self.members = members
        depth = 1 + (members.lazy.map { max($0.key.depth, $0.value.depth) }.max() ?? 0)
    }

    /// - Parameter members: of distinct names.
    package init(named members: [(String, TemplateValue)]) {
        self.init(members.map { (TemplateValue($0.0), $0.1) })
    }

    subscript(key: TemplateValue) -> TemplateValue? { members.first { $0.key == key }?.value }

    /// With `key` set, in its old place where it has one.
    func setting(_ key: TemplateValue, to value: TemplateValue) -> TemplateMapping {
        var members = members
        if let place = members.firstIndex(where: { $0.key == key }) {
            members[place].value = value
        } else {
            members.append((key, value))
        }
        return TemplateMapping(members)
    }
}

/// What `namespace()` makes: the one thing a template can change.
package final class TemplateNamespace {
    var members: [Scalars: TemplateValue] = [:]
}

/// Something a template can call.
package enum TemplateCallable {
    case function(String)
    case method(receiver: [TemplateValue], name: String)
    case macro(TemplateMacro)
    /// The body of a `call` block.
    case caller(TemplateMacro)
}

/// A macro, and where it was defined.
package final class TemplateMacro {
    let definition: MacroDefinition
    let scope: TemplateScope

    init(_ definition: MacroDefinition, scope: TemplateScope) {
        self.definition = definition
        self.scope = scope
    }
}

extension TemplateValue {
    var depth: Int {
        switch self {
        case .list(let list): list.depth
        case .mapping(let mapping): mapping.depth
        case .generator(let generator): generator.depth
        default: 0
        }
    }

    /// Python's truth of a value.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .number(let value): value != 0
        case .string(let text): !text.isEmpty
        case .list(let list): !list.elements.isEmpty
        case .mapping(let mapping): !mapping.members.isEmpty
        case .namespace, .callable, .generator: true
        }
    }

    /// Whether Python can look the value up in a mapping.
    var isKey: Bool {
        switch self {
        case .list(let list): list.isTuple && list.elements.allSatisfy(\.isKey)
        case .mapping: false
        default: true
        }
    }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }

    /// The value as an integer where Python would take it as one.
    var index: Int? {
        switch self {
        case .integer(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    var double: Double? {
        if case .number(let value) = self { return value }
        return index.map { Double($0) }
    }

    /// The type's name in messages.
    var typeName: String {
        switch self {
        case .undefined(let what): "undefined \(what)"
        case .none: "none"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string: "a string"
        case .list(let list): list.isTuple ? "a tuple" : "a list"
        case .mapping: "a mapping"
        case .generator: "a generator"
        case .namespace: "a namespace"
        case .callable: "a function"
        }
    }
}

extension TemplateValue: Equatable {
    package static func == (a: TemplateValue, b: TemplateValue) -> Bool {
        if let x = a.index, let y = b.index { return x == y }
        if let x = a.double, let y = b.double { return x == y }
        switch (a, b) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.string(let x), .string(let y)): return x == y
        case (.list(let x), .list(let y)): return x.isTuple == y.isTuple && x.elements == y.elements
        case (.mapping(let x), .mapping(let y)):
            return x.members.count == y.members.count && x.members.allSatisfy { y[$0.key] == $0.value }
        case (.namespace(let x), .namespace(let y)): return x === y
        case (.generator(let x), .generator(let y)): return x === y
        default: return false
        }
    }
}
