internal import Foundation
internal import SwarmModels
internal import SwarmTokenizers
internal import SwarmVocabulary

/// A member's own tokens of a text, read in the token tree of its byte lattice: what writing the text evaluates anyway is
/// not evaluated for a second time.
///
/// Gives what `TextScorer` gives of the text, as far as it fits the member's window.
final class LatticeReader {
    private let lattice: ByteLattice
    private let window: ReadingWindow
    /// What the text goes on.
    private let prefix: [TokenID]
    private var text: [UInt8] = []
    private var encoding = Encoding()
    /// The path read last, kept so that its nodes are.
    private var path: [LatticeNode] = []
    private var scored: (ids: [TokenID], values: [Double], temperature: Double) = ([], [], 1)

    /// Nodes asked at once.
    private static let nodesAtOnce = 64

    /// - Parameter lattice: has been started; reads a text that begins as the reader's does.
    init(_ lattice: ByteLattice) {
        self.lattice = lattice
        prefix = lattice.prefix
        window = ReadingWindow(length: lattice.member.model.contextLength, start: prefix)
    }

    /// Takes in the text as it is now. Evaluates nothing.
    func tokenize(_ next: [UInt8]) {
        let tokenizer = lattice.member.tokenizer
        if !text.isEmpty && next.starts(with: text) {
            encoding = tokenizer.encode(next, extending: encoding, of: text.count)
        } else {
            encoding = tokenizer.encode(next, addSpecial: false, parseSpecial: false)
        }
        text = next
    }

    /// log p of each token at the lattice's temperature; NaN for those never read.
    var scores: TokenScores {
        let known = scored.ids.commonCount(with: encoding.ids)
        let unread = [Double](repeating: .nan, count: encoding.ids.count - known)
        return TokenScores(ends: encoding.ends, logProbabilities: scored.values.prefix(known) + unread)
    }

    /// Reads the probability of each token after those before it.
    /// - Throws: `ModelError`.
    func score() throws {
        if scored.temperature != lattice.temperature { scored = ([], [], lattice.temperature) }
        let ids = encoding.ids
        let known = Array(scored.values.prefix(scored.ids.commonCount(with: ids)))
        let mask = lattice.session.mask
        let temperature = lattice.temperature
        // Tempered, uniform is uniform.
        func uniform(_ token: TokenID) -> Double { mask.uniformScore(of: token, temperatures: []).logProbability }
        func path(_ count: Int) throws -> [LatticeNode] {
            let nodes = nodes(count)
            try ask(nodes, of: count, from: known.count)
            return nodes
        }
        func read(_ token: TokenID, _ path: [LatticeNode], _ count: Int) throws -> Double {
            let node = path[count - 1]
            let value = node.known[token] ?? .nan
            return temperature == 1 ? value : value / temperature - (node.partitions[temperature] ?? .nan)
        }
        let values = try window.score(ids, from: known.count, uniform: uniform, path: path, read: read)
        scored = (ids, known + values, lattice.temperature)
    }

    /// The entropy in nats of what the member says after the text, at temperature 1; NaN where it is faulty.
    /// - Throws: `ModelError`.
    func entropy() throws -> Double {
        let last = nodes(encoding.ids.count).last ?? lattice.session.root
        try lattice.session.read([last])
        return last.masses?.entropy ?? .nan
    }

    /// What is read of the first `count` tokens; kept until the next.
    private func nodes(_ count: Int) -> [LatticeNode] {
        let cut = window.cut(count)
        let lead = window.context(encoding.ids[..<count]).count - (count - cut)
        let positions = lattice.session.index.positions
        var nodes: [LatticeNode] = []
        for token in window.start.prefix(lead) {
            nodes.append((nodes.last ?? lattice.session.root).child(token, end: 0, position: -1))
        }
        for index in cut..<count {
            let token = encoding.ids[index]
            nodes.append(
                (nodes.last ?? lattice.session.root).child(
                    token, end: encoding.ends[index], position: Int(positions[token.index])))
        }
        path = nodes
        return nodes
    }

    /// Has the nodes of the first `count` tokens know what they say of the token after them, from token `first` on.
    private func ask(_ nodes: [LatticeNode], of count: Int, from first: Int) throws {
        let session = lattice.session
        let temperature = lattice.temperature
        let ids = encoding.ids
        var open: [(node: LatticeNode, token: TokenID)] = []
        for (place, node) in nodes.enumerated() {
            // The last node is that of the last of them.
            let next = count - (nodes.count - 1 - place)
            guard next >= first, next < ids.count else { continue }
            let isKnown = node.known[ids[next]] != nil && (temperature == 1 || node.partitions[temperature] != nil)
            if !isKnown { open.append((node, ids[next])) }
        }
        while !open.isEmpty {
            let chunk = open.prefix(Self.nodesAtOnce)
            try session.read(chunk.map(\.node))
            for (node, token) in chunk {
                let position = Int(session.index.positions[token.index])
                node.known[token] = node.masses.map { position < 0 ? -.infinity : log($0.values[position]) } ?? .nan
                if temperature != 1 { node.partitions[temperature] = node.masses?.logPartition(temperature) ?? .nan }
            }
            session.trim(keeping: lattice.state.branches.map(\.node))
            open.removeFirst(chunk.count)
        }
    }
}
