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
    /// What `safe` and `escape` give: text that escapes the plain text it is added to.
    case markup(Scalars)
    case list(TemplateList)
    case mapping(TemplateMapping)
    case generator(TemplateGenerator)
    case namespace(TemplateNamespace)
    case callable(TemplateCallable)
    case loop(TemplateLoop)

    package init(_ text: String) { self = .string(Scalars(text: text)) }
}

/// A list or a tuple.
package struct TemplateList {
    package let elements: [TemplateValue]
    package let isTuple: Bool
    /// 1 plus that of the deepest element.
    let depth: Int
    let size: Int

    package init(_ elements: [TemplateValue], isTuple: Bool = false) {
        self.elements = elements
        self.isTuple = isTuple
        (depth, size) = TemplateValue.measure(elements)
    }
}

/// What filters such as `map` and `select` give: values that can be gone through once, of a number that is not known
/// before. True even where it is empty, as in Python.
package final class TemplateGenerator {
    private var left: ArraySlice<TemplateValue>
    let depth: Int
    let size: Int

    init(_ elements: [TemplateValue]) {
        left = elements[...]
        (depth, size) = TemplateValue.measure(elements)
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
    let size: Int

    package init(_ members: [(key: TemplateValue, value: TemplateValue)]) {
        self.members = members
        let keys = TemplateValue.measure(members.lazy.map(\.key))
        let values = TemplateValue.measure(members.lazy.map(\.value))
        depth = max(keys.depth, values.depth)
        size = TemplateValue.sum(keys.size, values.size)
    }

    /// - Parameter members: of distinct names.
    package init(named members: [(String, TemplateValue)]) {
        self.init(members.map { (TemplateValue($0.0), $0.1) })
    }

    subscript(key: TemplateValue) -> TemplateValue? { members.first { $0.key == key }?.value }

    /// Of members with one key the last counts, in the place of the first.
    /// - Throws: when that costs more than `budget` has.
    init(
        joining members: [(key: TemplateValue, value: TemplateValue)], _ budget: TemplateBudget
    ) throws(Problem) {
        var kept: [(key: TemplateValue, value: TemplateValue)] = []
        for member in members {
            try budget.spend(kept.count)
            if let place = kept.firstIndex(where: { $0.key == member.key }) {
                kept[place].value = member.value
            } else {
                kept.append(member)
            }
        }
        self.init(kept)
    }
}

/// Where a `for` stands: its variable `loop`.
package struct TemplateLoop {
    let values: [TemplateValue]
    let place: Int

    /// - Returns: nil for a name that it does not have.
    subscript(name: String) -> TemplateValue? {
        switch name {
        case "index": .integer(place + 1)
        case "index0": .integer(place)
        case "revindex": .integer(values.count - place)
        case "revindex0": .integer(values.count - place - 1)
        case "first": .bool(place == 0)
        case "last": .bool(place == values.count - 1)
        case "length": .integer(values.count)
        case "depth": .integer(1)
        case "depth0": .integer(0)
        case "previtem": place > 0 ? values[place - 1] : .undefined("value before the loop's first")
        case "nextitem": place + 1 < values.count ? values[place + 1] : .undefined("value after the loop's last")
        case "cycle": .callable(.method(receiver: [.integer(place)], name: "cycle"))
        default: nil
        }
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

    /// What writing or comparing the value whole costs: scalars and elements, those within elements as often as they
    /// stand there. Never above `Int.max / 4`.
    var size: Int {
        switch self {
        case .string(let text), .markup(let text): text.count + 1
        case .list(let list): list.size
        case .mapping(let mapping): mapping.size
        case .generator(let generator): generator.size
        default: 1
        }
    }

    /// Scalars or elements, without what is within elements.
    var count: Int {
        switch self {
        case .string(let text), .markup(let text): text.count
        case .list(let list): list.elements.count
        case .mapping(let mapping): mapping.members.count
        default: 0
        }
    }

    /// Steps that finding a member takes.
    var lookUpCost: Int { if case .mapping(let mapping) = self { mapping.members.count / 4 } else { 0 } }

    static func measure(_ elements: some Sequence<TemplateValue>) -> (depth: Int, size: Int) {
        elements.reduce((1, 1)) { (max($0.0, 1 + $1.depth), sum($0.1, $1.size)) }
    }

    fileprivate static func sum(_ a: Int, _ b: Int) -> Int { min(a + b, Int.max / 4) }

    /// Plain text where it is marked as safe.
    var plain: TemplateValue { if case .markup(let text) = self { .string(text) } else { self } }

    /// Python's truth of a value.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .number(let value): value != 0
        case .string(let text), .markup(let text): !text.isEmpty
        case .list(let list): !list.elements.isEmpty
        case .mapping(let mapping): !mapping.members.isEmpty
        case .namespace, .callable, .generator, .loop: true
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
        case .string, .markup: "a string"
        case .list(let list): list.isTuple ? "a tuple" : "a list"
        case .mapping: "a mapping"
        case .generator: "a generator"
        case .namespace: "a namespace"
        case .callable: "a function"
        case .loop: "a loop"
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
