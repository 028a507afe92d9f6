internal import SwarmVocabulary

/// Draws a text segment by segment from Σ w_m P_m(segment), the mixture that scores given texts (`JointSegments`).
///
/// A member is drawn by its weight and writes, token after token, until the place between two of its tokens is one where
/// every member has a boundary however the text goes on. Whether it is, the token that comes next tells, mostly by its
/// first byte. At a joint boundary that token is given back and a new writer drawn, again and again until what it writes
/// leaves the boundary one: what follows a segment is drawn from P(segment | boundary before it), and a member that cannot
/// believe in the boundary counts for less.
///
/// So nobody is asked but who writes. The others read what was written, in one batch, when their turn comes.
struct SegmentSampler {
    /// What comes next.
    struct Written {
        /// Nil where the text ends.
        let bytes: [UInt8]?
        /// A bound on the total-variation distance between what was drawn from and the exact distribution.
        let dropped: Double
    }

    /// The members, and what each counts in the segment that begins next.
    var voices: [ByteChooser.Voice] {
        // Where one is left out, the segment is nobody's any more.
        didSet { if voices.count != oldValue.count { writer = nil } }
    }
    private let settings: SamplerSettings
    private let isEager: Bool
    /// Has lattices evaluate what they will be asked, side by side; nil where that is no quicker than one after another.
    private let readSideBySide: (([ByteLattice]) -> Void)?
    /// Who writes the segment; nil where none has begun.
    private var writer: Int?

    /// Writers drawn for one segment; then the last one's word is taken.
    private static let mostWriters = 32

    /// - Parameter voices: of weights that are not negative.
    init(
        _ voices: [ByteChooser.Voice], settings: SamplerSettings, isEager: Bool,
        readSideBySide: (([ByteLattice]) -> Void)? = nil
    ) {
        self.voices = voices
        self.settings = settings
        self.isEager = isEager
        self.readSideBySide = readSideBySide
    }

    /// Goes on with a token.
    /// - Parameters:
    ///   - place: bytes of the text so far, the prompt's included.
    ///   - step: bytes drawn so far: together with the seed what decides.
    ///   - isValid: as `ByteLattice.write`.
    ///   - begin: called where a new segment begins, with what to set weights of.
    /// - Returns: nil where no member has anything to say.
    /// - Throws: `WindowFull`, and as `ByteLattice.push`; all lattices stay where they were.
    mutating func next(
        after place: Int, step: Int, isValid: ([UInt8]) -> Bool, begin: (inout [ByteChooser.Voice]) throws -> Void
    ) throws -> Written? {
        if isEager {
            for (number, voice) in voices.enumerated() { try voice.whole(number) { try voice.lattice.resolveAll() } }
        }
        let start = voices.map(\.lattice.state)
        do {
            return try next(start, place, step, isValid, begin)
        } catch {
            restore(start)
            throw error
        }
    }

    private mutating func next(
        _ start: [LatticeState], _ place: Int, _ step: Int, _ isValid: ([UInt8]) -> Bool,
        _ begin: (inout [ByteChooser.Voice]) throws -> Void
    ) throws -> Written? {
        var count = 0
        func uniform() -> Double {
            count += 1
            return SamplerRandom.uniform(seed: settings.seed, step: step, draw: count)
        }
        if let writer, let readSideBySide, let next = drawWriter(step, attempt: 1), next != writer {
            // Who writes next, if a segment ends here, is known before that is.
            readSideBySide([voices[writer].lattice, voices[next].lattice])
        }
        var isBoundary = false
        if let writer, let drawn = try draw(writer, uniform, isValid) {
            isBoundary = try hasBoundary(at: place, before: drawn.written, by: writer)
            if !isBoundary { return try take(drawn, by: writer, from: start) }
            restore(start)
        }
        try begin(&voices)
        var silent: Set<Int> = []
        for attempt in 1...Self.mostWriters {
            guard let number = drawWriter(step, attempt: attempt, but: silent) else { return nil }
            if isBoundary { settle(number, at: place) }
            guard let drawn = try draw(number, uniform, isValid) else {
                silent.insert(number)
                restore(start)
                continue
            }
            let isBelieved = try !isBoundary || hasBoundary(at: place, before: drawn.written, by: number)
            if isBelieved || attempt == Self.mostWriters {
                writer = number
                return try take(drawn, by: number, from: start, boundary: isBoundary && isBelieved ? place : nil)
            }
            restore(start)
        }
        return nil
    }

    /// Takes what was chosen otherwise; the segment is nobody's any more.
    mutating func take(_ choice: ByteChooser.Choice) throws -> Written {
        writer = nil
        guard choice.symbol != ByteLattice.end else { return Written(bytes: nil, dropped: choice.dropped) }
        let byte = UInt8(choice.symbol)
        for voice in voices { try voice.lattice.push(byte) }
        return Written(bytes: [byte], dropped: choice.dropped)
    }

    // MARK: Writers

    private func drawWriter(_ step: Int, attempt: Int, but silent: Set<Int> = []) -> Int? {
        // In one order, whatever order members are given in.
        let order = voices.indices.filter { !silent.contains($0) }.sorted {
            voices[$0].lattice.member.name < voices[$1].lattice.member.name
        }
        let weights = order.map { voices[$0].weight }
        // Tokens are drawn by the numbers from 1 on.
        let uniform = SamplerRandom.uniform(seed: settings.seed, step: step, draw: -attempt)
        var left = uniform * weights.reduce(0, +)
        return weights.place(passing: &left).map { order[$0] }
    }

    private func draw(
        _ number: Int, _ uniform: () -> Double, _ isValid: ([UInt8]) -> Bool
    ) throws -> (written: ByteLattice.Written, dropped: Double)? {
        try voices[number].whole(number) { try voices[number].lattice.write(uniform, isValid: isValid) }
    }

    /// What was drawn, read by all.
    private func take(
        _ drawn: (written: ByteLattice.Written, dropped: Double), by writer: Int, from start: [LatticeState],
        boundary: Int? = nil
    ) throws -> Written {
        guard case .bytes(let bytes) = drawn.written else { return Written(bytes: nil, dropped: drawn.dropped) }
        for number in voices.indices where number != writer {
            let lattice = voices[number].lattice
            if let boundary { settle(number, at: boundary) }
            let read = lattice.state.text.count - start[number].text.count
            try lattice.push(bytes.dropFirst(read))
        }
        return Written(bytes: bytes, dropped: drawn.dropped)
    }

    // MARK: Boundaries

    /// Whether what was written makes `place` a boundary of every member, whatever follows. The others read as much of it as
    /// tells.
    private func hasBoundary(at place: Int, before written: ByteLattice.Written, by writer: Int) throws -> Bool {
        guard case .bytes(let bytes) = written else { return true }
        for number in voices.indices where number != writer && hasSay(number) {
            let lattice = voices[number].lattice
            var found: Bool?
            for byte in bytes {
                try lattice.push(byte)
                found = lattice.state.hasBoundary(at: place)
                if found != nil { break }
            }
            guard found == true else { return false }
        }
        return true
    }

    /// Whether a member has enough of the weight for where its tokens end to matter. For one that reads bytes, they end
    /// everywhere.
    private func hasSay(_ number: Int) -> Bool {
        let all = voices.reduce(0) { $0 + $1.weight }
        return !voices[number].lattice.isByteVocabulary && voices[number].weight >= SharedBoundary.leastSay * all
    }

    /// Leaves a member the paths that have a boundary at `place`, if it has a say.
    private func settle(_ number: Int, at place: Int) {
        guard hasSay(number), voices[number].lattice.state.hasBoundary(at: place) == nil else { return }
        voices[number].lattice.state.settle(at: place)
    }

    private func restore(_ states: [LatticeState]) {
        for (voice, state) in zip(voices, states) { voice.lattice.state = state }
    }
}
