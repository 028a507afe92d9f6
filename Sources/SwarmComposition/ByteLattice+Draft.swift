internal import SwarmModels
internal import SwarmTokenizers
internal import SwarmVocabulary

extension ByteLattice {
    /// Evaluates what the member reads if the text goes on with `draft`, all tokens of it in one batch.
    ///
    /// Nothing that is chosen depends on it. If the text does go on so, what is wanted then is there.
    /// - Returns: the nodes, which stay evaluated as long as someone holds them; none where the window has no room.
    /// - Throws: `ModelError`; `CompositionError.faultyRow` when strict.
    func evaluate(draft: [UInt8]) throws -> [LatticeNode] {
        guard let first = state.branches.first?.node else { return [] }
        let window = Array(state.text[state.base...]) + draft
        let encoding = member.tokenizer.encode(window, addSpecial: false, parseSpecial: false)
        var nodes: [LatticeNode] = []
        var node = first
        var begins = first.end == state.base
        for (token, end) in zip(encoding.ids, encoding.ends.map { $0 + state.base }) {
            guard begins else {
                begins = end == first.end
                continue
            }
            guard node.depth < member.model.contextLength else { break }
            node = node.child(token, end: end, position: Int(session.index.positions[token.index]))
            nodes.append(node)
        }
        try session.read(nodes)
        return nodes
    }

    /// Evaluates the heaviest path where most of what is known of the text goes through it.
    /// - Throws: as `evaluate(draft:)`.
    func readHeaviest() throws {
        let resolution = try known()
        guard let next = resolution.heaviest, next.mass > 0.5 * resolution.total else { return }
        try session.read([resolution.node(next.branch)])
    }

    /// What the member itself goes on with, greedily and in whole tokens: at most `tokens`, each of them one pass.
    /// - Returns: the bytes, and the nodes evaluated for them, which stay so as long as someone holds them.
    /// - Throws: as `evaluate(draft:)`.
    func draft(tokens: Int) throws -> (bytes: [UInt8], nodes: [LatticeNode]) {
        let length = state.text.count
        guard var node = state.branches.last(where: { $0.isCanonical && $0.node.end == length })?.node else {
            return ([], [])
        }
        var bytes: [UInt8] = []
        var nodes: [LatticeNode] = []
        while nodes.count < tokens, node.depth < member.model.contextLength {
            try session.read([node])
            guard let masses = node.masses, let position = masses.likeliest, masses.values[position] > masses.end else {
                break
            }
            let token = session.index.tokens[position]
            bytes += member.tokenizer.tokenBytes[token.index]
            node = node.child(token, end: length + bytes.count, position: position)
            nodes.append(node)
        }
        return (bytes, nodes)
    }
}
