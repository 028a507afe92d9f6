internal import SwarmKernels
internal import SwarmModels
internal import SwarmTokenizers

/// One member's token tree: paths that begin alike are evaluated once where they are alike.
///
/// Without `keepsBranches` there is one path at a time, as one text needs. With it, what is not on the path at hand stays
/// until it is forgotten, so that of many texts that begin alike, a particle's each, no beginning is evaluated twice.
/// Results are the same bit for bit either way: a node's logits depend on its path alone.
final class TokenTree {
    /// Number of a node; `empty` is the path of no tokens.
    typealias Place = Int
    static let empty = -1

    let member: Member
    let mask: TokenMask
    /// Tokens evaluated since the tree was made.
    private(set) var evaluations = 0
    /// Batches that was done in.
    private(set) var passes = 0
    /// Seconds that took.
    private(set) var evaluationSeconds = 0.0
    /// Whether what leaves the path stays until `forgetBranches`.
    var keepsBranches = false
    /// A path that stays, too, as far as it is known: what the text is guessed to go on with.
    var draft: [TokenID] = []
    private let holder: SessionHolder
    private let pool: ThreadPool
    /// Nodes asked room for.
    private var capacity = 0
    private var nodes: [Node?] = []
    private var free: [Place] = []
    private var firsts: [TokenID: Place] = [:]
    private var liveCount = 0
    /// The path grown last and where its tokens are: the next one mostly begins with most of it.
    private var recent: (tokens: [TokenID], path: [Place]) = ([], [])
    /// Nodes with rows, the oldest first.
    private var rows: [Place] = []
    private let rowLimit: Int
    /// Whether the rows of more than the last tokens are read: of those that are scored or were guessed.
    private var needsRows = false
    /// Rows kept at least. Texts that share a beginning come back to them; one text alone seldom to more than the last few.
    private var rowsKept: Int { keepsBranches || needsRows ? rowLimit : max(1, rowLimit / 64) }

    private struct Node {
        let token: TokenID
        let parent: Place
        let context: ContextNode
        var children: [TokenID: Place] = [:]
        /// What the logits say; nil once forgotten.
        var row: Row?
        /// By token that was asked for: log p at temperature 1; NaN where the logits are faulty.
        var known: [TokenID: Double] = [:]
        /// By temperature that was asked for: log Σ p^{1/τ}.
        var partitions: [Double: Double] = [:]
    }

    /// What a row of logits says.
    private struct Row {
        /// Nil where it is faulty.
        let next: NextToken?
    }

    /// Tokens evaluated at once, and rows of logits among them: 64 of 150,000 are 39 MB.
    private static let tokensAtOnce = 256
    private static let rowsAtOnce = 64
    /// Nodes off the path that are kept at most: answers are short, and a cache of more would not be small.
    private static let branchLimit = 8192

    init(member: Member, pool: ThreadPool) {
        self.member = member
        self.pool = pool
        mask = TokenMask(member)
        holder = SessionHolder(model: member.model, pool: pool)
        rowLimit = max(64, (48 << 20) / (4 * max(1, mask.allowed.count)))
    }

    /// The end of the path `target`, not empty, evaluated as far as it is not yet.
    /// - Parameters:
    ///   - scored: the temperature that the probability of each token is wanted at, too, so that it is read while the rows
    ///     are there; nil where they are not.
    ///   - keepsRows: whether the rows after all new tokens are wanted, not only those after the last.
    /// - Throws: `ModelError`.
    func grow(_ target: [TokenID], scored: Double? = nil, keepsRows: Bool = false) throws(ModelError) -> [Place] {
        needsRows = scored != nil || !draft.isEmpty
        var path = known(target)
        var silent = scored.map { unscored(path, target, temperature: $0) } ?? []
        // What was guessed and is not on the path needs room, too.
        let beyond = draft.count - draft.commonCount(with: target)
        let (session, isNew) = session(
            holding: (keepsBranches ? liveCount : path.count) + beyond + target.count - path.count
                + min(silent.count, Self.rowsAtOnce))
        if isNew {
            path = []
            silent = []
        }
        if !keepsBranches || liveCount > Self.branchLimit { prune(keeping: path, session) }
        while !silent.isEmpty {
            let chunk = silent.prefix(Self.rowsAtOnce)
            try reread(chunk.map { path[$0] }, session)
            for index in chunk {
                _ = try logProbability(of: target[index + 1], after: path[index], temperature: scored ?? 1)
            }
            silent.removeFirst(chunk.count)
        }
        while path.count < target.count {
            let done = path.count
            let atOnce = scored == nil && !keepsRows ? Self.tokensAtOnce : Self.rowsAtOnce
            let chunk = target[done..<min(done + atOnce, target.count)]
            let batch = chunk.enumerated().map { index, token in
                PendingToken(
                    parent: index > 0
                        ? .earlier(index - 1)
                        : path.last.map { .node(context($0, session)) }
                            ?? .node(session.root),
                    token: token, needsLogits: scored != nil || keepsRows || done + index + 1 == target.count)
            }
            var answer = try evaluate(batch, session)
            var row = 0
            for (index, token) in chunk.enumerated() {
                let place = add(token, after: path.last ?? Self.empty, answer.nodes[index])
                path.append(place)
                guard batch[index].needsLogits else { continue }
                keep(rowNumber: row, of: &answer, at: place)
                row += 1
                if let scored, done + index + 1 < target.count {
                    _ = try logProbability(of: target[done + index + 1], after: place, temperature: scored)
                }
            }
        }
        recent = (target, path)
        return path
    }

    private func evaluate(_ batch: [PendingToken], _ session: any ModelSession) throws(ModelError) -> Evaluated {
        let start = ContinuousClock.now
        let answer = try session.evaluate(batch)
        evaluationSeconds += (ContinuousClock.now - start) / .seconds(1)
        evaluations += batch.count
        passes += 1
        return answer
    }

    /// What the member says after a path, asked again where that was forgotten; nil where its logits are faulty.
    /// - Throws: `ModelError`.
    func next(_ place: Place) throws(ModelError) -> NextToken? {
        if let row = nodes[place]?.row { return row.next }
        // There is always room for one more.
        try reread([place], holder.session(holding: 1).session)
        return nodes[place]?.row?.next
    }

    /// Evaluates nodes once more, for their rows: beside themselves, which stay where they are.
    private func reread(_ places: [Place], _ session: any ModelSession) throws(ModelError) {
        let batch = places.map { place in
            guard let node = nodes[place] else { preconditionFailure("a forgotten node") }
            let parent = node.parent == Self.empty ? session.root : context(node.parent, session)
            return PendingToken(parent: .node(parent), token: node.token, needsLogits: true)
        }
        var answer = try evaluate(batch, session)
        session.release(answer.nodes)
        for (row, place) in places.enumerated() { keep(rowNumber: row, of: &answer, at: place) }
    }

    /// The numbers of known nodes on a path that have to be asked once more what they say of the token after them.
    private func unscored(_ path: [Place], _ target: [TokenID], temperature: Double) -> [Int] {
        path.indices.filter { index in
            guard index + 1 < target.count, let node = nodes[path[index]], node.row == nil else { return false }
            return node.known[target[index + 1]] == nil
                || (temperature != 1 && node.partitions[temperature] == nil)
        }
    }

    /// log p(token)^{1/τ}/Z after a path; NaN where the logits are faulty.
    /// - Throws: `ModelError`.
    func logProbability(
        of token: TokenID, after place: Place, temperature: Double
    ) throws(ModelError) -> Double {
        guard let node = nodes[place] else { preconditionFailure("a forgotten node") }
        let partition = temperature == 1 ? 0 : node.partitions[temperature]
        if let value = node.known[token], let partition { return value / temperature - partition }
        let next = try next(place)
        let value = next?.logProbability(of: token.index) ?? .nan
        nodes[place]?.known[token] = value
        guard temperature != 1 else { return value }
        let sum = next?.sums()?.logPartition(power: 1 / temperature) ?? .nan
        nodes[place]?.partitions[temperature] = sum
        return value / temperature - sum
    }

    /// Keeps nothing but `target`, as far as it is known.
    func forgetBranches(but target: [TokenID]) {
        guard liveCount > 0 else { return }
        prune(keeping: known(target), holder.session(holding: 1).session)
    }

    // MARK: Nodes

    /// The session, with room for `count` nodes and one more; when it is a new one nothing is known any more.
    private func session(holding count: Int) -> (any ModelSession, isNew: Bool) {
        if count >= capacity {
            // Room for answers, so that they do not throw away the prompt: up to 256 MB.
            let spare = keepsBranches ? min(1024, (256 << 20) / max(1, member.model.summary.cacheBytesPerToken)) : 0
            capacity = count + 1 + spare
        }
        let (session, isNew) = holder.session(holding: capacity)
        if isNew { clear() }
        return (session, isNew)
    }

    private func known(_ target: [TokenID]) -> [Place] {
        var path = Array(recent.path.prefix(recent.tokens.commonCount(with: target)))
        path.reserveCapacity(target.count)
        for token in target.dropFirst(path.count) {
            guard let next = children(of: path.last ?? Self.empty)[token] else { break }
            path.append(next)
        }
        return path
    }

    private func context(_ place: Place, _ session: any ModelSession) -> ContextNode {
        nodes[place]?.context ?? session.root
    }

    private func add(_ token: TokenID, after parent: Place, _ context: ContextNode) -> Place {
        let place = free.popLast() ?? nodes.count
        if place == nodes.count { nodes.append(nil) }
        nodes[place] = Node(token: token, parent: parent, context: context)
        if parent == Self.empty { firsts[token] = place } else { nodes[parent]?.children[token] = place }
        liveCount += 1
        return place
    }

    private func keep(rowNumber: Int, of answer: inout Evaluated, at place: Place) {
        let size = member.model.vocabularySize
        var row: [Float] = []
        if answer.logits.count == size {
            // The only one is not copied.
            swap(&row, &answer.logits)
        } else {
            row = Array(answer.logits[rowNumber * size..<(rowNumber + 1) * size])
        }
        nodes[place]?.row = Row(next: NextToken(logits: row, mask: mask, pool: pool))
        rows.append(place)
        let limit = rowsKept
        guard rows.count > 2 * limit else { return }
        let kept = Set(rows.suffix(limit))
        for old in rows where !kept.contains(old) { nodes[old]?.row = nil }
        rows.removeFirst(rows.count - limit)
    }

    /// Forgets what is neither on `path` nor on the draft.
    private func prune(keeping path: [Place], _ session: any ModelSession) {
        guard liveCount > path.count else { return }
        var isKept = [Bool](repeating: false, count: nodes.count)
        for place in path { isKept[place] = true }
        let ahead = known(draft).filter { !isKept[$0] }
        for place in ahead { isKept[place] = true }
        let doomedCount = liveCount - path.count - ahead.count
        // Parents before children, then the other way round. What goes mostly hangs from the end of what stays.
        var doomed: [Place] = []
        var next = 0
        for parent in (path + ahead).reversed() + [Self.empty] where doomed.count < doomedCount {
            doomed += children(of: parent).values.filter { !isKept[$0] }.sorted()
            while next < doomed.count {
                doomed += children(of: doomed[next]).values.sorted()
                next += 1
            }
        }
        session.release(doomed.reversed().compactMap { nodes[$0]?.context })
        for place in doomed {
            guard let node = nodes[place] else { continue }
            if node.parent == Self.empty {
                firsts[node.token] = nil
            } else {
                nodes[node.parent]?.children[node.token] = nil
            }
        }
        for place in doomed { nodes[place] = nil }
        let gone = Set(doomed)
        rows.removeAll { gone.contains($0) }
        recent = ([], [])
        free += doomed
        liveCount -= doomed.count
    }

    private func children(of place: Place) -> [TokenID: Place] {
        place == Self.empty ? firsts : nodes[place]?.children ?? [:]
    }

    /// After the session was made again.
    private func clear() {
        nodes = []
        free = []
        firsts = [:]
        rows = []
        recent = ([], [])
        liveCount = 0
    }
}
