internal import SwarmModels
internal import SwarmTokenizers
internal import SwarmVocabulary

/// A token path of one member that spells the beginning of a text: its last token, and the path before it.
///
/// Nodes are shared by all lattices' states that read the same tokens; the last to forget one gives its cache row back.
final class LatticeNode {
    private(set) var parent: LatticeNode?
    /// Nil for the empty context.
    let token: TokenID?
    /// The offset in the text just after the token.
    let end: Int
    /// Tokens on the path, start tokens included.
    let depth: Int
    /// Where the token lies in the member's prefix index; −1 where that does not matter.
    let position: Int
    /// What the member says comes next; nil while it has not been asked.
    var reading: Reading? { didSet { shaped = nil } }
    /// Where the path lies in the session, and in which session.
    var context: ContextNode?
    var generation = -1

    /// What came of asking.
    enum Reading {
        case masses(TokenMasses)
        /// NaN, +∞ or no finite logit.
        case faulty
    }

    /// The reading in another shape, the one asked for last.
    private var shaped: (shape: LatticeShape, masses: TokenMasses)?
    /// By token that was asked for: log p after the path; NaN where the member was faulty. Outlasts the reading.
    var known: [TokenID: Double] = [:]
    /// By temperature that was asked for: log Σ p^{1/τ}.
    var partitions: [Double: Double] = [:]
    private var children: [TokenID: WeakNode] = [:]
    private let graveyard: Graveyard

    private struct WeakNode {
        weak var node: LatticeNode?
    }

    /// The empty context.
    init(graveyard: Graveyard) {
        parent = nil
        token = nil
        end = 0
        depth = 0
        position = -1
        self.graveyard = graveyard
    }

    private init(parent: LatticeNode, token: TokenID, end: Int, position: Int) {
        self.parent = parent
        self.token = token
        self.end = end
        depth = parent.depth + 1
        self.position = position
        graveyard = parent.graveyard
    }

    /// The node of `token` after this one, which is the same as long as someone holds it.
    func child(_ token: TokenID, end: Int, position: Int) -> LatticeNode {
        if let known = children[token]?.node, known.end == end, known.position == position { return known }
        let node = LatticeNode(parent: self, token: token, end: end, position: position)
        children[token] = WeakNode(node: node)
        if children.count > 64 { children = children.filter { $0.value.node != nil } }
        return node
    }

    /// What the member says next in a shape; nil while it has not been asked.
    func reading(in shape: LatticeShape, index: PrefixIndex) -> Reading? {
        guard !shape.isNeutral, case .masses(let masses) = reading else { return reading }
        if let shaped, shaped.shape == shape { return .masses(shaped.masses) }
        var result = shape.temperature == 1 ? masses : masses.tempered(shape.temperature, index: index)
        if shape.repetitionPenalty != 1 {
            result = result.penalised(last(shape.repetitionWindow), by: shape.repetitionPenalty, index: index)
        }
        shaped = (shape, result)
        return .masses(result)
    }

    /// Positions of the last `count` tokens of the path.
    private func last(_ count: Int) -> Set<Int> {
        var positions: Set<Int> = []
        var next: LatticeNode? = self
        for _ in 0..<count {
            guard let node = next, node.position >= 0 else { break }
            positions.insert(node.position)
            next = node.parent
        }
        return positions
    }

    var masses: TokenMasses? {
        if case .masses(let masses) = reading { return masses }
        return nil
    }

    deinit {
        if let context { graveyard.add(context, generation: generation) }
        // One after another: a path of thousands would not fit the stack.
        var next = parent
        parent = nil
        while isKnownUniquelyReferenced(&next) {
            let above = next?.parent
            next?.parent = nil
            next = above
        }
    }
}

/// Contexts that nobody needs any more, children before their parents.
final class Graveyard {
    private(set) var contexts: [(node: ContextNode, generation: Int)] = []

    func add(_ node: ContextNode, generation: Int) { contexts.append((node, generation)) }

    func removeAll() -> [(node: ContextNode, generation: Int)] {
        defer { contexts = [] }
        return contexts
    }
}
