internal import Foundation
package import SwarmKernels
internal import SwarmModels

/// Scores texts with one member byte by byte: log P(byte | bytes before), exact whatever the tokenizer (`ByteLattice`).
///
/// Every byte comes with the entropy of the distribution over 256 bytes and `end` that it was drawn from and, for each
/// temperature asked for, with what normalises that distribution tempered. What a lattice asks of the model along the
/// tokenizer's own path does not depend on what the model said, so the text is read ahead and the paths of many bytes are
/// evaluated in one batch.
///
/// Where a text is longer than the member's window the lattice goes on with the last half of the window. Lives on one
/// thread.
package final class ByteScorer {
    /// Bytes whose paths are evaluated together: fewer than the readings a lattice keeps of a large vocabulary.
    private static let bytesAtOnce = 32

    private let lattice: ByteLattice
    private let temperatures: [Double]
    private let keepsRows: Bool

    /// - Parameters:
    ///   - temperatures: above 0; what `logPartitions` are wanted for.
    ///   - keepsRows: whether the distributions over all symbols are wanted too.
    ///   - pool: the threads that evaluate.
    ///   - isStrict: whether faulty logits are an error instead of a NaN.
    package init(
        member: Member, temperatures: [Double] = [], keepsRows: Bool = false,
        settings: LatticeSettings = LatticeSettings(), pool: ThreadPool, isStrict: Bool = false
    ) {
        lattice = ByteLattice(member: member, pool: pool, settings: settings, isStrict: isStrict)
        self.temperatures = temperatures
        self.keepsRows = keepsRows
    }

    /// What scoring took so far.
    package var statistics: ByteLattice.Statistics { lattice.statistics }

    /// Scores `text`: one entry a byte.
    /// - Throws: `ModelError`; `CompositionError.faultyRow` when strict.
    package func score(_ text: [UInt8]) throws -> TokenScores {
        try lattice.start([])
        var result = TokenScores()
        try score(text[...], into: &result)
        return result
    }

    /// Scores `prompt` + each continuation. What they have in common is evaluated once.
    /// - Returns: one a continuation, each of the whole text.
    /// - Throws: as `score(_:)`.
    package func score(prompt: [UInt8], continuations: [[UInt8]]) throws -> [TokenScores] {
        let trunk = try score(prompt)
        let state = lattice.state
        return try continuations.map { continuation in
            lattice.state = state
            var result = trunk
            try score(continuation[...], into: &result)
            return result
        }
    }

    /// Goes on with `bytes` from where the lattice stands.
    private func score(_ bytes: ArraySlice<UInt8>, into result: inout TokenScores) throws {
        var rest = bytes
        while !rest.isEmpty {
            try scoreAtOnce(rest.prefix(Self.bytesAtOnce), into: &result)
            rest = rest.dropFirst(Self.bytesAtOnce)
        }
    }

    private func scoreAtOnce(_ bytes: ArraySlice<UInt8>, into result: inout TokenScores) throws {
        let start = lattice.state
        do {
            try scoreAhead(bytes, into: &result)
        } catch ModelError.contextTooLong {
            lattice.state = start
            if bytes.count > 1 {
                // The window is used up to its last token.
                let half = bytes.count / 2
                try scoreAtOnce(bytes.prefix(half), into: &result)
                try scoreAtOnce(bytes.dropFirst(half), into: &result)
            } else {
                try lattice.slide()
                try scoreAhead(bytes, into: &result)
            }
        }
    }

    /// Pushes all bytes, evaluates every path that any of them needs, then reads the distributions one by one.
    private func scoreAhead(_ bytes: ArraySlice<UInt8>, into result: inout TokenScores) throws {
        let ahead = try lattice.readOwnPath(bytes)
        var states: [LatticeState] = []
        for byte in bytes {
            states.append(lattice.state)
            try lattice.push(byte)
        }
        withExtendedLifetime(ahead) {}
        let after = lattice.state
        try lattice.readPaths(of: states)
        var scores: [TokenScore] = []
        var rows: [Float] = []
        for (byte, state) in zip(bytes, states) {
            lattice.state = state
            let row = try lattice.row()
            scores.append(score(of: byte, row))
            if keepsRows {
                rows +=
                    row.map { $0.map { Float(log($0)) } }
                    ?? [Float](repeating: .nan, count: ByteLattice.symbolCount)
            }
        }
        lattice.state = after
        for score in scores {
            result.ends.append((result.ends.last ?? 0) + 1)
            result.append(score)
        }
        result.rows += rows
    }

    private func score(of byte: UInt8, _ row: [Double]?) -> TokenScore {
        guard let row else { return .unknown(temperatures: temperatures.count) }
        let logs = row.map { log($0) }
        var entropy = 0.0
        for (probability, logarithm) in zip(row, logs) where probability > 0 { entropy -= probability * logarithm }
        let partitions = temperatures.map { temperature in
            let highest = (logs.max() ?? 0) / temperature
            return highest + log(logs.reduce(0) { $0 + exp($1 / temperature - highest) })
        }
        return TokenScore(logProbability: logs[Int(byte)], entropy: entropy, logPartitions: partitions)
    }
}

extension ByteLattice {
    /// Evaluates, in one batch, the tokenizer's own paths of several states of this lattice.
    /// - Returns: the nodes, which stay evaluated as long as someone holds them or the states.
    @discardableResult
    func readPaths(of states: [LatticeState]) throws -> [LatticeNode] {
        var nodes: [LatticeNode] = []
        var seen: Set<ObjectIdentifier> = []
        for state in states {
            for branch in state.branches where branch.isCanonical && branch.node.reading == nil {
                if seen.insert(ObjectIdentifier(branch.node)).inserted { nodes.append(branch.node) }
            }
        }
        try session.read(nodes)
        return nodes
    }
}

extension Composition {
    /// Whether given texts are scored byte by byte (`AlignmentSettings.readsBytes(for:)`).
    package var readsBytes: Bool { alignment.readsBytes(for: pool) }
}

extension AlignmentSettings {
    /// Whether given texts are scored byte by byte: in mode `bytes`, and in `hybrid` where the pool is log-linear. Linear
    /// pools decide once a joint segment in `union` and `hybrid`, and are scored over those.
    package func readsBytes(for pool: PoolSettings) -> Bool {
        switch mode {
        case .union: false
        case .bytes: true
        case .hybrid: pool.kind == .logLinear
        }
    }
}
