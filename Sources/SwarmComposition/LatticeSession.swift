internal import SwarmKernels
internal import SwarmModels
internal import SwarmTokenizers
internal import SwarmVocabulary

/// One member's token tree as the byte lattice needs it: asks the model about nodes, a batch at a time, and gives back
/// the rows of nodes that nobody holds any more.
final class LatticeSession {
    let member: Member
    let mask: TokenMask
    let index: PrefixIndex
    private let layout: TokenMasses.Layout
    /// The empty context.
    let root: LatticeNode
    private(set) var statistics = ByteLattice.Statistics()
    /// Seconds that evaluating took.
    private(set) var evaluationSeconds = 0.0
    private let isStrict: Bool
    private let graveyard = Graveyard()
    private let holder: SessionHolder
    private var generation = 0
    /// Contexts alive in the session.
    private var liveCount = 0
    /// Nodes with readings, the oldest first.
    private var readings: [WeakNode] = []
    /// Readings kept: what the current decision needs and what a roll-back may need again.
    private let readingLimit: Int

    /// Whether nodes that were read stay although no state holds them, so that other texts find them; all go when they are
    /// too many.
    var keepsNodes = false { didSet { if !keepsNodes { kept = [] } } }
    private var kept: [LatticeNode] = []
    private static let keptLimit = 8192

    private struct WeakNode {
        weak var node: LatticeNode?
    }

    /// Tokens evaluated at once, and rows of logits among them: 64 of 150,000 are 39 MB.
    private static let tokensAtOnce = 256
    private static let rowsAtOnce = 64

    init(member: Member, pool: ThreadPool, isStrict: Bool) {
        self.member = member
        self.isStrict = isStrict
        let mask = TokenMask(member)
        self.mask = mask
        index = PrefixIndex(
            tokenBytes: member.tokenizer.tokenBytes, isSpelled: zip(mask.allowed, mask.isEnd).map { $0 && !$1 })
        layout = TokenMasses.Layout(mask: mask, index: index)
        root = LatticeNode(graveyard: graveyard)
        holder = SessionHolder(model: member.model, pool: pool)
        readingLimit = max(64, (96 << 20) / (8 * max(1, mask.allowed.count)))
    }

    /// Makes sure that `nodes` have readings: all that are missing are evaluated together.
    /// - Throws: `ModelError`, `contextTooLong` where a path does not fit the member's window;
    ///   `CompositionError.faultyRow` when strict.
    func read(_ nodes: [LatticeNode]) throws {
        var wanted: [LatticeNode] = []
        for node in nodes where node.reading == nil {
            if node.token == nil {
                // Nothing has been read, so that the model cannot be asked.
                node.reading = .masses(
                    TokenMasses(probabilities: mask.uniform, layout: layout))
            } else if !wanted.contains(where: { $0 === node }) {
                wanted.append(node)
            }
        }
        if keepsNodes {
            if kept.count > Self.keptLimit { kept = [] }
            kept += wanted
        }
        guard !wanted.isEmpty else { return }
        if let longest = wanted.map(\.depth).max(), longest > member.model.contextLength {
            throw ModelError.contextTooLong(limit: member.model.contextLength, length: longest)
        }
        for start in stride(from: 0, to: wanted.count, by: Self.rowsAtOnce) {
            try evaluate(Array(wanted[start..<min(start + Self.rowsAtOnce, wanted.count)]))
        }
    }

    /// Forgets the oldest readings but those of `nodes`; the model can be asked again.
    func trim(keeping nodes: some Sequence<LatticeNode>) {
        guard readings.count > readingLimit else { return }
        let kept = Set(nodes.map(ObjectIdentifier.init))
        let excess = readings.count - readingLimit
        var left: [WeakNode] = []
        for (number, entry) in readings.enumerated() {
            guard let node = entry.node else { continue }
            if number < excess && !kept.contains(ObjectIdentifier(node)) {
                node.reading = nil
            } else {
                left.append(entry)
            }
        }
        readings = left
    }

    /// Nodes without context on the paths to `wanted`, parents first.
    private func missing(_ wanted: [LatticeNode]) -> [LatticeNode] {
        var result: [LatticeNode] = []
        var seen: Set<ObjectIdentifier> = []
        for node in wanted {
            var path: [LatticeNode] = []
            var next: LatticeNode? = node
            while let current = next, current.token != nil, !hasContext(current),
                seen.insert(ObjectIdentifier(current)).inserted
            {
                path.append(current)
                next = current.parent
            }
            result += path.reversed()
        }
        return result
    }

    private func hasContext(_ node: LatticeNode) -> Bool { node.context != nil && node.generation == generation }

    private func evaluate(_ wanted: [LatticeNode]) throws {
        var session = self.session(holding: 0)
        var missing = self.missing(wanted)
        // A reading that was forgotten is asked for again beside the node, whose row stays.
        let again = wanted.filter { hasContext($0) }
        let before = generation
        session = self.session(holding: liveCount + missing.count + again.count)
        if generation != before { missing = self.missing(wanted) }
        let isWanted = Set(wanted.map(ObjectIdentifier.init))

        var done = 0
        while done < missing.count {
            let chunk = missing[done..<min(done + Self.tokensAtOnce, missing.count)]
            var places: [ObjectIdentifier: Int] = [:]
            var batch: [PendingToken] = []
            for (place, node) in chunk.enumerated() {
                places[ObjectIdentifier(node)] = place
                batch.append(pending(node, places, session, needsLogits: isWanted.contains(ObjectIdentifier(node))))
            }
            let answer = try evaluate(batch, session)
            liveCount += batch.count
            var row = 0
            for (place, node) in chunk.enumerated() {
                node.context = answer.nodes[place]
                node.generation = generation
                if batch[place].needsLogits {
                    try read(node, row: row, of: answer)
                    row += 1
                }
            }
            done += chunk.count
        }
        let left = wanted.filter { $0.reading == nil }
        guard !left.isEmpty else { return }
        let batch = left.map { pending($0, [:], session, needsLogits: true) }
        let answer = try evaluate(batch, session)
        defer { session.release(answer.nodes) }
        for (row, node) in left.enumerated() { try read(node, row: row, of: answer) }
    }

    private func evaluate(_ batch: [PendingToken], _ session: any ModelSession) throws(ModelError) -> Evaluated {
        let start = ContinuousClock.now
        let answer = try session.evaluate(batch)
        evaluationSeconds += (ContinuousClock.now - start) / .seconds(1)
        statistics.evaluations += batch.count
        statistics.passes += 1
        return answer
    }

    private func pending(
        _ node: LatticeNode, _ places: [ObjectIdentifier: Int], _ session: any ModelSession, needsLogits: Bool
    ) -> PendingToken {
        let parent: PendingToken.Parent
        if let above = node.parent, above.token != nil {
            if let place = places[ObjectIdentifier(above)] {
                parent = .earlier(place)
            } else {
                parent = .node(above.context ?? session.root)
            }
        } else {
            parent = .node(session.root)
        }
        return PendingToken(parent: parent, token: node.token ?? TokenID(0), needsLogits: needsLogits)
    }

    private func read(_ node: LatticeNode, row: Int, of answer: Evaluated) throws {
        let size = member.model.vocabularySize
        statistics.rows += 1
        readings.append(WeakNode(node: node))
        // The same bits on a thread of a pool, which has denormal numbers treated as zero, and on any other.
        let masses = withFlushedDenormals {
            TokenMasses(logits: answer.logits[row * size..<(row + 1) * size], layout: layout)
        }
        guard let masses else {
            guard !isStrict else { throw CompositionError.faultyRow(member: member.name, position: node.depth) }
            statistics.faultyRows += 1
            node.reading = .faulty
            return
        }
        statistics.maskedMass += masses.maskedMass
        node.reading = .masses(masses)
    }

    /// The session, with room for `count` contexts and without those that nobody holds.
    private func session(holding count: Int) -> any ModelSession {
        let (session, isNew) = holder.session(holding: max(1, count))
        if isNew {
            generation += 1
            liveCount = 0
        }
        let dead = graveyard.removeAll().filter { $0.generation == generation }.map(\.node)
        if !dead.isEmpty {
            session.release(dead)
            liveCount -= dead.count
        }
        return session
    }
}
