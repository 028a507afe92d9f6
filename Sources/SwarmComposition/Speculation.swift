/// How the next tokens are guessed before members are asked, so that several are evaluated in one batch (speculative
/// decoding, Leviathan et al. 2023).
///
/// What is chosen never depends on a guess: a member's answer after some tokens is the same bits whatever else it was
/// asked, so that right guesses save passes and wrong ones cost them, and the text is that without guessing.
package struct SpeculationSettings: Equatable, Sendable {
    /// Where guesses come from.
    package enum Source: String, Sendable, CaseIterable {
        case none
        /// How the text went on where it last read alike.
        case lookup
        /// The member with the least weights writes some tokens alone.
        case member
    }

    package var source: Source
    /// Tokens guessed at once, at most.
    package var longest: Int

    package init(source: Source = .none, longest: Int = 8) {
        self.source = source
        self.longest = longest
    }
}

/// How long the next guess is to be, learned from what became of the ones before.
struct DraftLength {
    private let longest: Int
    private var tokens: Int
    private var misses = 0
    /// Guesses to be left out yet.
    private var pause = 0

    init(longest: Int) {
        self.longest = max(1, longest)
        tokens = min(4, self.longest)
    }

    /// Tokens that a guess at this place should have; 0 for none.
    mutating func next() -> Int {
        guard pause == 0 else {
            pause -= 1
            return 0
        }
        return tokens
    }

    /// Takes in which share of a guess came true.
    mutating func settle(_ share: Double) {
        if share >= 1 {
            tokens = min(longest, 2 * tokens)
            misses = 0
        } else if share < 0.5 {
            tokens = max(1, tokens / 2)
            misses += 1
            // Texts that do not repeat themselves are left alone for longer and longer.
            if misses >= 3 { pause = min(256, 16 << min(misses - 3, 4)) }
        } else {
            misses = 0
        }
    }
}

/// A member's reading of a text that can be asked about what the text may go on with.
protocol DraftReader: AnyObject {
    /// Bytes that a token of the text has, on average; of a short text more.
    var tokenLength: Double { get }
    /// What the member itself puts after `text`, where the reading stands, greedily: the bytes of at most `tokens` tokens.
    func draft(after text: [UInt8], tokens: Int) throws -> [UInt8]
    /// Evaluates `draft` after `text` in one batch and keeps that until the next guess; nil forgets the last one.
    func evaluate(draft: [UInt8]?, after text: [UInt8]) throws
}

/// The guesses of one text: where to make one, and how much of each came true.
struct Speculation {
    private let settings: SpeculationSettings
    private var lookup = PromptLookup()
    private var length: DraftLength
    private var open: Draft?
    /// Bytes guessed, and how many of them came true.
    private(set) var drafted = 0
    private(set) var accepted = 0

    /// Nil where nothing is to be guessed.
    init?(_ settings: SpeculationSettings) {
        guard settings.source != .none else { return nil }
        self.settings = settings
        length = DraftLength(longest: settings.longest)
    }

    /// Follows the text to `text` and makes a guess where none is open.
    /// - Parameters:
    ///   - readers: the members that evaluate a guess.
    ///   - writer: the one that writes guesses, if any does.
    mutating func advance(to text: [UInt8], readers: [any DraftReader], writer: (any DraftReader)?) throws {
        if var draft = open {
            draft.follow(text)
            open = draft
            guard draft.isOver else { return }
            open = nil
            accepted += draft.accepted
            length.settle(draft.share)
            for reader in readers { try reader.evaluate(draft: nil, after: text) }
        }
        let tokens = length.next()
        guard tokens > 0 else { return }
        let guess: [UInt8]
        if settings.source == .member {
            guess = try writer?.draft(after: text, tokens: tokens) ?? []
        } else {
            // A wrong guess costs most where tokens are short.
            let shortest = readers.map(\.tokenLength).min() ?? 1
            guess = lookup.draft(after: text, atMost: Int(Double(tokens) * shortest.rounded(.up)))
        }
        guard !guess.isEmpty else { return }
        drafted += guess.count
        for reader in readers { try reader.evaluate(draft: guess, after: text) }
        open = Draft(guess, after: text)
    }

    /// The text is over.
    mutating func finish() { accepted += open?.accepted ?? 0 }
}

/// A guess that members have evaluated, and how much of it has come true.
struct Draft {
    /// The text with the guess behind it.
    private let text: [UInt8]
    /// Where the guess begins.
    private let start: Int
    /// The bytes that the text and the guess have in common.
    private var agreed: Int
    /// Whether the text went another way or on beyond.
    private(set) var isOver = false

    init(_ bytes: [UInt8], after text: [UInt8]) {
        self.text = text + bytes
        start = text.count
        agreed = text.count
    }

    /// Follows the text, which only grows.
    mutating func follow(_ grown: [UInt8]) {
        while !isOver, agreed < grown.count {
            if agreed < text.count, text[agreed] == grown[agreed] { agreed += 1 } else { isOver = true }
        }
        if agreed == text.count { isOver = true }
    }

    /// Bytes of the guess that came true.
    var accepted: Int { agreed - start }
    /// The share of it that did.
    var share: Double { Double(accepted) / Double(max(1, text.count - start)) }
}
