internal import Foundation
internal import SwarmKernels
internal import SwarmModels
internal import SwarmTokenizers

/// A member reading a text that grows and changes, with its KV cache kept: only what its token tree does not hold is
/// evaluated.
final class MemberCursor: DraftReader {
    /// What came of reading.
    enum Reading {
        /// What it says.
        case next(NextToken)
        /// Probabilities by token, where it was not asked.
        case table([Double])
        /// NaN, +∞ or no finite logit.
        case faulty
        /// The window is full.
        case windowFull
    }

    let member: Member
    let tree: TokenTree
    /// What the text goes on; nil for the start token.
    private(set) var opening: ChatOpening?
    /// The temperature that the probability of each token of the text is wanted at, too (`scores`); nil where it is not.
    var scoring: Double? { didSet { if scoring != oldValue { scored = ([], []) } } }
    private var window: ReadingWindow
    /// Tokens of a conversation that are the text's beginning to the window and none of the text.
    private var lead: [TokenID] = []
    /// The text last tokenised, and how.
    private var text: [UInt8] = []
    private var encoding = Encoding()
    /// The path last read, and where its tokens are in the tree.
    private var target: [TokenID] = []
    private var path: [TokenTree.Place] = []
    /// Tokens of the text last scored, and their log-probabilities.
    private var scored: (ids: [TokenID], values: [Double]) = ([], [])

    init(member: Member, pool: ThreadPool) {
        self.member = member
        tree = TokenTree(member: member, pool: pool)
        window = ReadingWindow(
            length: member.model.contextLength, start: member.tokenizer.startToken.map { [$0] } ?? [])
    }

    var mask: TokenMask { tree.mask }
    /// Tokens evaluated since the cursor was made.
    var evaluations: Int { tree.evaluations }

    var tokenLength: Double { Double(max(1, text.count)) / Double(max(1, encoding.ids.count)) }

    /// Whether the first token of a text stands for a space that the text does not have.
    var opensWithSpace: Bool { opening?.opensWithSpace ?? member.tokenizer.addsPrefixSpace }

    /// Makes texts go on `opening`, or on the start token where there is none.
    func begin(after opening: ChatOpening?) {
        guard opening != self.opening else { return }
        self.opening = opening
        text = []
        encoding = Encoding()
        scored = ([], [])
        window.start = member.tokenizer.startToken.map { [$0] } ?? []
        lead = []
        if let opening {
            // Of a conversation too only the start token stays when the window slides.
            if opening.tokens.first != window.start.first { window.start = [] }
            lead = Array(opening.tokens.dropFirst(window.start.count))
        }
    }

    /// The canonical tokens of `next`; quick when it goes on the text asked for last.
    func tokens(of next: [UInt8]) -> [TokenID] {
        if opening != nil { return continuation(next) }
        if !text.isEmpty && next.starts(with: text) {
            encoding = member.tokenizer.encode(next, extending: encoding, of: text.count)
        } else {
            encoding = member.tokenizer.encode(next, addSpecial: false, parseSpecial: false)
        }
        text = next
        return encoding.ids
    }

    private func continuation(_ next: [UInt8]) -> [TokenID] {
        guard !next.isEmpty else {
            text = []
            encoding = Encoding()
            return []
        }
        let next = opensWithSpace ? [0x20] + next : next
        let isLonger = !text.isEmpty && next.starts(with: text)
        encoding = member.tokenizer.encodeContinuation(next, extending: isLonger ? encoding : nil, of: text.count)
        text = next
        return encoding.ids
    }

    /// Whether the window has room for `ids`.
    func fits(_ ids: [TokenID]) -> Bool { window.cut(lead.count + ids.count) == 0 }

    /// What the member says after its start token, or its opening, and `ids`.
    /// - Parameter slides: whether a full window goes on with its last half.
    /// - Throws: `ModelError`.
    func read(_ ids: [TokenID], slides: Bool) throws -> Reading {
        let whole = lead + ids
        path = []
        target = []
        guard slides || window.cut(whole.count) == 0 else { return .windowFull }
        if let scoring { try score(ids, scoring) }
        target = window.context(whole)
        if target.isEmpty { return .table(mask.uniform) }
        path = try tree.grow(target, scored: scoring)
        return try tree.next(path[path.count - 1]).map(Reading.next) ?? .faulty
    }

    /// Evaluates what reading `text` needs, where that is the last token's row alone.
    /// - Throws: `ModelError`.
    func evaluate(_ text: [UInt8]) throws(ModelError) {
        let ids = tokens(of: text)
        guard scoring == nil, fits(ids) else { return }
        let target = window.context(lead + ids)
        if !target.isEmpty { _ = try tree.grow(target) }
    }

    /// - Throws: `ModelError`.
    func evaluate(draft: [UInt8]?, after text: [UInt8]) throws {
        tree.draft = []
        guard let draft, !target.isEmpty else { return }
        let next = (opening != nil && opensWithSpace ? [0x20] : []) + text + draft
        let ids =
            opening == nil
            ? member.tokenizer.encode(next, extending: encoding, of: self.text.count).ids
            : member.tokenizer.encodeContinuation(next, extending: encoding, of: self.text.count).ids
        try hold(lead + ids)
    }

    /// - Throws: `ModelError`.
    func draft(after text: [UInt8], tokens: Int) throws -> [UInt8] {
        guard !target.isEmpty, !text.isEmpty else { return [] }
        var ids = lead + self.tokens(of: text)
        var bytes: [UInt8] = []
        for _ in 0..<tokens {
            guard let last = try hold(ids), let token = try tree.next(last)?.likeliest, !mask.isEnd[token]
            else { break }
            ids.append(TokenID(token))
            bytes += member.tokenizer.tokenBytes[token]
        }
        return bytes
    }

    /// Evaluates the path of `ids` and keeps it as the draft; nil where the window would slide.
    @discardableResult
    private func hold(_ ids: [TokenID]) throws(ModelError) -> TokenTree.Place? {
        guard window.cut(ids.count) == 0 else { return nil }
        tree.draft = window.context(ids)
        return try tree.grow(tree.draft, scored: scoring, keepsRows: true).last
    }

    /// The entropy in nats of what was said last.
    /// - Throws: `ModelError`.
    func entropy() throws -> Double {
        guard let last = path.last else { return log(Double(mask.textCount)) }
        return try tree.next(last)?.sums()?.entropy ?? .nan
    }

    /// log p of each token of the text tokenised last at the temperature of `scoring`; NaN for those never read.
    var scores: TokenScores {
        let known = scored.ids.commonCount(with: encoding.ids)
        let unread = [Double](repeating: .nan, count: encoding.ids.count - known)
        // The space before an answer is none of the text's.
        let shift = opening != nil && opensWithSpace ? 1 : 0
        return TokenScores(
            ends: encoding.ends.map { max(0, $0 - shift) }, logProbabilities: scored.values.prefix(known) + unread)
    }

    /// Forgets what other texts left in the tree.
    func forgetBranches() { tree.forgetBranches(but: target) }

    private func score(_ ids: [TokenID], _ temperature: Double) throws {
        let known = Array(scored.values.prefix(scored.ids.commonCount(with: ids)))
        let whole = lead + ids
        // Tempered, uniform is uniform.
        func uniform(_ token: TokenID) -> Double { mask.uniformScore(of: token, temperatures: []).logProbability }
        func path(_ count: Int) throws -> [TokenTree.Place] {
            try tree.grow(window.context(whole[..<count]), scored: temperature)
        }
        func read(_ token: TokenID, _ path: [TokenTree.Place], _ count: Int) throws -> Double {
            try tree.logProbability(of: token, after: path[count - 1], temperature: temperature)
        }
        let values = try window.score(
            whole, from: lead.count + known.count, uniform: uniform, path: path, read: read)
        scored = (ids, known + values)
    }
}
