/// An expression, and the line it stands on.
struct Expression: Sendable {
    indirect enum Kind: Sendable {
        case name(String)
        case string(Scalars)
        case integer(Int)
        case number(Double)
        case bool(Bool)
        case none
        case list([Expression], isTuple: Bool)
        case mapping([(key: Expression, value: Expression)])
        case attribute(Expression, String)
        case item(Expression, Expression)
        case slice(Expression, from: Expression?, to: Expression?, by: Expression?)
        case call(Expression, Arguments)
        /// Without an expression in a `filter` block, whose body takes its place.
        case filter(Expression, String, Arguments)
        case test(Expression, String, Arguments)
        case not(Expression)
        case negative(Expression)
        case positive(Expression)
        case binary(String, Expression, Expression)
        case all([Expression])
        case any([Expression])
        /// Each of the comparisons holds between its left and right neighbour.
        case comparison(Expression, [(operation: String, operand: Expression)])
        case concatenation([Expression])
        case choice(Expression, if: Expression, else: Expression?)
        /// A value put there by the interpreter: the body of a `filter` or `set` block.
        case body
    }

    var kind: Kind
    var line: Int
}

struct Arguments: Sendable {
    var positional: [Expression] = []
    var named: [(name: String, value: Expression)] = []
    /// Lists whose elements are further arguments, and mappings whose members are.
    var spread: [(values: Expression, areNamed: Bool)] = []
}

/// Where `set` and `for` put values.
indirect enum AssignmentTarget: Sendable {
    case name(String)
    case member(String, String)
    case tuple([AssignmentTarget])
}

struct MacroDefinition: Sendable {
    var name: String
    var parameters: [(name: String, fallback: Expression?)]
    var body: [Statement]
}

/// A statement, and the line it stands on.
struct Statement: Sendable {
    indirect enum Kind: Sendable {
        case text(Scalars)
        case output(Expression)
        case condition([(condition: Expression, body: [Statement])], else: [Statement])
        case loop(target: AssignmentTarget, over: Expression, filter: Expression?, body: [Statement], else: [Statement])
        case set(AssignmentTarget, Expression)
        /// `filters` apply to `Expression.Kind.body`.
        case setBlock(AssignmentTarget, [Statement], filters: Expression)
        case filterBlock([Statement], filters: Expression)
        case with([(AssignmentTarget, Expression)], [Statement])
        case macro(MacroDefinition)
        case call(Expression, MacroDefinition)
        /// A `generation` block: marks what the assistant said, writes it as it is.
        case generation([Statement])
        case leave, next
    }

    var kind: Kind
    var line: Int
}
