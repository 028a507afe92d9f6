package import SwarmKernels
internal import SwarmModels
package import SwarmTokenizers
internal import SwarmVocabulary

/// One member's exact distribution over the next byte, whatever its tokens are.
///
/// A cover of a text x is a token path c·v where κ(c), the bytes of c, is a proper beginning of x, and x a beginning of
/// κ(c·v). With P(x…) the sum of p(path) over the covers of x,
///
///     P(b | x) = P(xb…) / P(x…)
///
/// for each byte b, and for `end` the tokens that end a text after paths that spell exactly x. Only paths count that the
/// tokenizer may write: each token that ends within x must stand where some continuation of x puts it, and no token
/// reaches over a word end that all continuations have. A token is refused once it is fully spelled; what it had is then
/// no part of P(x…) any more.
///
/// Bytes are pushed one by one; that asks nothing of the model. A path that ends where the text ends is *pending* until
/// its node is evaluated: what it has is known, what follows it is not. With A(b) what the evaluated paths give b, E what
/// is pending and T = Σ A + E,
///
///     A(b) / T ≤ P(b | x) ≤ (A(b) + E) / T
///
/// Where no path spells the text (a scalar that the member cannot write, text that its normaliser changes), the member's
/// own reading of it is the one path. Lives on one thread.
package final class ByteLattice {
    /// What the lattice took so far.
    package struct Statistics: Equatable, Sendable, Codable {
        /// Tokens evaluated, those of prompts included.
        package var evaluations = 0
        /// Batches that was done in.
        package var passes = 0
        /// Rows of logits read.
        package var rows = 0
        /// Of them faulty.
        package var faultyRows = 0
        /// The sum over rows of the probability that masked control tokens had.
        package var maskedMass = 0.0
        /// Texts that no path spelled.
        package var restarts = 0
    }

    /// The symbol after the 256 bytes: the end of the text.
    package static let end = 256
    package static let symbolCount = 257

    package let member: Member
    package let settings: LatticeSettings
    /// Where the lattice stands; keep it and set it again to roll back.
    package var state = LatticeState()
    let session: LatticeSession
    private var reading: OpenReading
    /// Whether paths count that the tokenizer would not write.
    let countsAll: Bool
    private var restarts = 0
    /// Start tokens of the text at hand.
    private(set) var prefix: [TokenID] = []
    /// Tokens of the text's beginning that the window has no room for.
    private var dropped = 0
    /// The path of the last prompt, kept so that the next one that begins alike finds it evaluated.
    private var trunk: LatticeNode?

    /// - Parameters:
    ///   - pool: the threads that evaluate.
    ///   - isStrict: whether faulty logits are an error.
    package init(
        member: Member, pool: ThreadPool, settings: LatticeSettings = LatticeSettings(), isStrict: Bool = false
    ) {
        self.member = member
        self.settings = settings
        session = LatticeSession(member: member, pool: pool, isStrict: isStrict)
        reading = OpenReading(tokenizer: member.tokenizer, index: session.index)
        countsAll = settings.paths.map { $0 == .all } ?? member.tokenizer.kind.hasPrefix("Unigram")
    }

    /// What the member's distribution over its tokens is raised to the power 1/τ of, then normalised. Costs no evaluation.
    package var temperature: Double {
        get { shape.temperature }
        set { shape.temperature = newValue }
    }

    /// What is made of the member's distributions.
    var shape = LatticeShape()

    /// What was evaluated of bytes that may come next; it stays so until something else is.
    var ahead: [LatticeNode] = []
    /// What was evaluated along with the last batch because it is likely to come next.
    var guessed: [LatticeNode] = []

    /// Whether what was evaluated for one text stays for others that begin like it.
    package var keepsNodes: Bool {
        get { session.keepsNodes }
        set { session.keepsNodes = newValue }
    }

    /// Whether tokens are single bytes, so that one ends at every place.
    package var isByteVocabulary: Bool { reading.isByteVocabulary }

    package var statistics: Statistics {
        var statistics = session.statistics
        statistics.restarts = restarts
        return statistics
    }

    // MARK: Text

    /// Begins with `text`, whose last word stays open: paths are opened from the last place that every continuation has
    /// a token boundary at; the tokens before that place are the tokenizer's own. Evaluates what `push` does.
    /// - Parameter prefix: tokens before the text instead of the start token.
    /// - Throws: as `push`.
    package func start(_ text: [UInt8], prefix: [TokenID]? = nil) throws {
        self.prefix = prefix ?? member.tokenizer.startToken.map { [$0] } ?? []
        state.prunedShare = 0
        try open(text)
    }

    /// Goes on with `byte`. Nothing is evaluated, but where paths count that the tokenizer would not write and a word is
    /// over: then those are weighed.
    /// - Throws: `ModelError`; `CompositionError.faultyRow` when strict.
    package func push(_ byte: UInt8) throws {
        state.text.append(byte)
        try advance(by: byte)
        if state.branches.isEmpty {
            restarts += 1
            try open(state.text, leaving: dropped)
        }
        session.trim(keeping: state.branches.map(\.node))
    }

    package func push(_ bytes: some Sequence<UInt8>) throws {
        for byte in bytes { try push(byte) }
    }

    /// Tokens of the text that no continuation can change.
    package var certainTokens: Int { max(0, (state.branches.first?.node.depth ?? 0) - prefix.count + dropped) }

    /// Bytes that a token of the text has, on average; of a short text at most the longest of the vocabulary.
    var tokenLength: Double {
        guard certainTokens >= 4, let end = state.branches.first?.node.end else { return Double(session.index.longest) }
        return Double(end) / Double(certainTokens)
    }

    /// Goes on with the last half of the member's window, after the start tokens.
    /// - Throws: as `push`.
    package func slide() throws {
        let text = state.text
        let room = max(1, member.model.contextLength - prefix.count)
        let encoding = member.tokenizer.encode(text, addSpecial: false, parseSpecial: false)
        let kept = max(1, room / 2)
        try open(text, leaving: max(0, encoding.ids.count - kept))
        let deepest = state.branches.reduce(0) { max($0, $1.node.depth) }
        guard deepest >= member.model.contextLength else { return }
        // A word that fills the window by itself is taken as the tokenizer reads it.
        begin(text, encoding, count: encoding.ids.count)
        state.text = text
    }

    private func open(_ text: [UInt8], leaving dropped: Int = 0) throws {
        self.dropped = dropped
        let tokenizer = member.tokenizer
        let encoding = tokenizer.encode(text, addSpecial: false, parseSpecial: false)
        let anchor = reading.isByteVocabulary ? encoding.ids.count : anchor(text, encoding)
        begin(text, encoding, count: anchor)
        for byte in text[state.text.count...] {
            state.text.append(byte)
            try advance(by: byte)
            if state.branches.isEmpty { break }
        }
        guard state.branches.isEmpty else { return }
        // What the tokenizer makes of the text is not spelled by its tokens.
        begin(text, encoding, count: encoding.ids.count)
        state.text = text
    }

    /// The lattice after the first `count` tokens of `encoding`, all certain.
    private func begin(_ text: [UInt8], _ encoding: Encoding, count: Int) {
        var node = session.root
        for token in prefix { node = node.child(token, end: 0, position: -1) }
        for index in min(dropped, max(0, count - 1))..<count {
            let position = session.index.positions[encoding.ids[index].index]
            node = node.child(encoding.ids[index], end: encoding.ends[index], position: Int(position))
        }
        var range = session.index.all
        let prunedShare = state.prunedShare
        if count == 0 && startsWithSpace(text) { range = session.index.narrow(range, by: 0x20) }
        state = LatticeState(
            text: count == 0 ? [] : Array(text[..<encoding.ends[count - 1]]),
            branches: [LatticeState.Branch(node: node, parent: -1, range: range)])
        state.settled = node.end
        state.prunedShare = prunedShare
        trunk = node
        if count == 0 && startsWithSpace(text) { addEmptyTokens() }
        rebase()
    }

    /// Whether the first token begins with a space that the text does not have.
    private func startsWithSpace(_ text: [UInt8]) -> Bool {
        guard member.tokenizer.addsPrefixSpace else { return false }
        guard text.first == 0x20 else { return true }
        func ids(_ text: String) -> [TokenID] {
            member.tokenizer.encode(Array(text.utf8), addSpecial: false, parseSpecial: false).ids
        }
        // Some tokenizers put no second space before a text that begins with one.
        return ids(" a") != ids("a")
    }

    /// The tokens of the encoding up to the last place where every continuation has a boundary.
    private func anchor(_ text: [UInt8], _ encoding: Encoding) -> Int {
        let words = reading.wordEnds(of: text, from: 0)
        var limit = words.map { $0.last { $0 < text.count } ?? 0 }.min() ?? 0
        let reach = min(session.index.longest, 64)
        if text.count - limit > reach + 16 { limit = max(0, text.count - reach) }
        var count = encoding.ends.prefix { $0 <= limit }.count
        for continuation in reading.continuations(of: text[...]) where !continuation.isEmpty {
            let other = member.tokenizer.encode(text + continuation, addSpecial: false, parseSpecial: false)
            count = min(count, encoding.ids.commonCount(with: other.ids))
        }
        // A place is none where the beginning of the text, read alone, has no boundary.
        while count > 0 {
            let end = encoding.ends[count - 1]
            let before = member.tokenizer.encode(Array(text[..<end]), addSpecial: false, parseSpecial: false)
            if before.ids.elementsEqual(encoding.ids[..<count]) { break }
            count -= 1
        }
        return count
    }

    // MARK: Branches

    /// Goes on with the byte that was put at the end of the text; leaves no branch where no path spells it.
    func advance(by byte: UInt8) throws {
        let index = session.index
        let length = state.text.count
        var candidates: [(branch: Int, position: Int)] = []
        for number in state.branches.indices {
            guard let range = state.branches[number].range else { continue }
            let narrowed = index.narrow(range, by: byte)
            let exact = index.exact(narrowed)
            for position in exact { candidates.append((number, position)) }
            let longer = PrefixIndex.Range(low: exact.upperBound, high: narrowed.high, depth: narrowed.depth)
            state.branches[number].range = longer.isEmpty ? nil : longer
        }
        add(candidates, end: length)
        let closed = cutWords()
        state.prune()
        try settle(wordEnd: closed)
        rebase()
    }

    /// Tokens that are the space before the text and nothing else.
    private func addEmptyTokens() {
        guard let range = state.branches[0].range else { return }
        let exact = session.index.exact(range)
        add(exact.map { (0, $0) }, end: 0)
        let longer = PrefixIndex.Range(low: exact.upperBound, high: range.high, depth: range.depth)
        state.branches[0].range = longer.isEmpty ? nil : longer
        state.prune()
    }

    /// Adds the branches that candidates make: a branch and the position of the token after it.
    private func add(_ candidates: [(branch: Int, position: Int)], end: Int) {
        guard !candidates.isEmpty else { return }
        let index = session.index
        let readings = reading.isByteVocabulary ? [] : reading.readings(of: state.text, from: state.base)
        for (number, position) in candidates {
            let token = index.tokens[position]
            let isCanonical =
                reading.isByteVocabulary
                || state.branches[number].isCanonical
                    && readings.contains { spells($0, branch: number, token: token, end: end) }
            guard isCanonical || (countsAll && isFree(token)) else { continue }
            state.branches.append(
                LatticeState.Branch(
                    node: state.branches[number].node.child(token, end: end, position: position), parent: number,
                    range: index.all, isCanonical: isCanonical))
        }
    }

    /// Whether a path that the tokenizer would not write may hold `token`.
    private func isFree(_ token: TokenID) -> Bool { member.tokenizer.roles[token.index] == .text }

    /// Whether `encoding`, which ends where the text ends, is the path of a branch and `token`.
    private func spells(_ encoding: Encoding, branch: Int, token: TokenID, end: Int) -> Bool {
        let first = state.branches[0].node
        var place = encoding.ids.count - 1
        let base = state.base
        guard place >= 0, encoding.ids[place] == token, encoding.ends[place] == end - base else { return false }
        place -= 1
        var node = state.branches[branch].node
        while node !== first {
            guard place >= 0, let own = node.token, encoding.ids[place] == own, encoding.ends[place] == node.end - base
            else { return false }
            place -= 1
            guard let parent = node.parent else { return false }
            node = parent
        }
        return place < 0 ? first.end == base : encoding.ends[place] == first.end - base
    }

    /// Ends branches that would have to reach over a word end.
    /// - Returns: the last place before the end of the text that is known to be a word end; 0 for none.
    private func cutWords() -> Int {
        guard !reading.isByteVocabulary else { return 0 }
        let length = state.text.count
        let open = state.branches.indices.filter {
            state.branches[$0].range != nil && state.branches[$0].node.end < length
        }
        guard !open.isEmpty else { return 0 }
        let first = state.branches[0].node
        let words = reading.wordEnds(of: state.text, from: state.base).map { $0.filter { $0 > first.end } }
        guard words.contains(where: { !$0.isEmpty }) else { return 0 }
        for number in open {
            var ends: Set<Int> = []
            var node = state.branches[number].node
            while node !== first, node.end > first.end {
                ends.insert(node.end)
                guard let parent = node.parent else { break }
                node = parent
            }
            let end = state.branches[number].node.end
            let isOpen = words.contains { $0.allSatisfy { $0 <= end && ends.contains($0) } }
            if !isOpen { state.branches[number].range = nil }
        }
        return words.map { $0.last { $0 < length } ?? 0 }.min() ?? 0
    }

    /// Moves the place that local readings begin at behind the first branch.
    private func rebase() {
        guard let first = state.branches.first?.node, !reading.isByteVocabulary, first.end - state.base > 12 else {
            return
        }
        // Tokens after the second place are those of the whole text, so the branch must not end before it.
        guard let second = member.tokenizer.restartPlace(in: state.text, before: first.end + 1), second > state.base,
            let base = member.tokenizer.restartPlace(in: state.text, before: second), base > state.base
        else { return }
        state.base = base
    }
}
