internal import SwarmKernels
internal import SwarmModels
internal import SwarmTokenizers

/// A member reading a text that grows and changes, with its KV cache kept: only what differs from what it read last is
/// evaluated again.
final class MemberCursor {
    /// What came of reading.
    enum Reading {
        /// Probabilities by token, and the mass that masked tokens had.
        case distribution([Double], maskedMass: Double)
        /// NaN, +∞ or no finite logit.
        case faulty
        /// The window is full.
        case windowFull
    }

    /// Tokens evaluated at once where only the last needs logits.
    private static let tokensAtOnce = 256

    let member: Member
    let mask: TokenMask
    /// Tokens evaluated since the cursor was made.
    private(set) var evaluations = 0
    /// What the text goes on; nil for the start token.
    private(set) var opening: ChatOpening?
    private let holder: SessionHolder
    /// The path evaluated so far.
    private var tokens: [TokenID] = []
    private var nodes: [ContextNode] = []
    /// Of the last of `tokens`.
    private var logits: [Float] = []

    /// The text last tokenised, and how.
    private var text: [UInt8] = []
    private var encoding = Encoding()

    init(member: Member, pool: ThreadPool) {
        self.member = member
        mask = TokenMask(member)
        holder = SessionHolder(model: member.model, pool: pool)
    }

    /// Whether the first token of a text stands for a space that the text does not have.
    var opensWithSpace: Bool { opening?.opensWithSpace ?? member.tokenizer.addsPrefixSpace }

    /// Makes texts go on `opening`, or on the start token where there is none.
    func begin(after opening: ChatOpening?) {
        guard opening != self.opening else { return }
        self.opening = opening
        text = []
        encoding = Encoding()
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
        guard !next.isEmpty else { return [] }
        let next = opensWithSpace ? [0x20] + next : next
        let isLonger = !text.isEmpty && next.starts(with: text)
        encoding = member.tokenizer.encodeContinuation(next, extending: isLonger ? encoding : nil, of: text.count)
        text = next
        return encoding.ids
    }

    /// What the member says after its start token, or its opening, and `ids`.
    /// - Parameter slides: whether a full window goes on with its last half.
    /// - Throws: `ModelError`.
    func read(_ ids: [TokenID], slides: Bool) throws -> Reading {
        let window = member.model.contextLength
        var start = member.tokenizer.startToken.map { [$0] } ?? []
        var ids = ids
        if let opening {
            // Of a conversation too only the start token stays when the window slides.
            if opening.tokens.first != start.first { start = [] }
            ids = opening.tokens.dropFirst(start.count) + ids
        }
        var target = start + ids
        if target.isEmpty { return .distribution(mask.uniform, maskedMass: 0) }
        if target.count > window {
            guard slides else { return .windowFull }
            // The cut moves half a window at a time, so that between two moves the cache holds.
            let room = max(1, window - start.count)
            let stride = max(1, room / 2)
            let cut = (ids.count - room + stride - 1) / stride * stride
            target = Array((window > 1 ? start : []) + ids[cut...])
        }
        try evaluate(target)
        guard let next = NextToken(logits: logits[...], mask: mask) else { return .faulty }
        return .distribution(next.probabilities(), maskedMass: next.maskedMass)
    }

    /// Makes `target` the path, keeping what it has in common with the last one.
    private func evaluate(_ target: [TokenID]) throws(ModelError) {
        var common = zip(tokens, target).prefix { $0 == $1 }.count
        if common == target.count && common == tokens.count && !logits.isEmpty { return }
        let (session, isNew) = holder.session(holding: target.count)
        if isNew {
            tokens = []
            nodes = []
        }
        // The last token's logits are wanted, so it at least is evaluated.
        common = min(common, tokens.count, target.count - 1)
        logits = []
        // Deepest first: children are forgotten before their parents.
        session.release(nodes[common...].reversed())
        nodes.removeSubrange(common...)
        tokens.removeSubrange(common...)
        while tokens.count < target.count {
            let done = tokens.count
            let chunk = target[done..<min(done + Self.tokensAtOnce, target.count)]
            let batch = chunk.enumerated().map { index, token in
                PendingToken(
                    parent: index == 0 ? .node(nodes.last ?? session.root) : .earlier(index - 1), token: token,
                    needsLogits: done + index + 1 == target.count)
            }
            let answer = try session.evaluate(batch)
            evaluations += batch.count
            nodes += answer.nodes
            tokens += chunk
            logits = answer.logits
        }
    }
}
