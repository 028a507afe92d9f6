internal import SwarmModels
internal import SwarmTokenizers
internal import SwarmVocabulary

extension ByteLattice: DraftReader {
    /// Evaluates what the member reads if the text goes on with `draft`, as far as its window has room, in one batch; nil
    /// forgets the last such guess. Nothing that is chosen depends on it.
    /// - Throws: `ModelError`; `CompositionError.faultyRow` when strict.
    func evaluate(draft: [UInt8]?, after _: [UInt8]) throws {
        guard let draft else {
            ahead = []
            guessed = []
            return
        }
        let nodes = ownPath(draft).prefix { $0.depth <= member.model.contextLength }
        try session.read(Array(nodes))
        ahead = Array(nodes)
    }

    /// Evaluates the heaviest path where most of what is known of the text goes through it.
    /// - Throws: as `evaluate(draft:after:)`.
    func readHeaviest() throws {
        let resolution = try known()
        guard let next = resolution.heaviest, next.mass > 0.5 * resolution.total else { return }
        try session.read([resolution.node(next.branch)])
    }

    /// What the member itself goes on with, greedily and in whole tokens: at most `tokens`, each of them one pass.
    /// - Throws: as `evaluate(draft:after:)`.
    func draft(after _: [UInt8], tokens: Int) throws -> [UInt8] {
        let length = state.text.count
        guard var node = state.branches.last(where: { $0.isCanonical && $0.node.end == length })?.node else {
            return []
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
        ahead = nodes
        return bytes
    }
}
