internal import SwarmVocabulary

/// What a text will probably go on with up to the end of a token, by the members that have answered already.
///
/// Others that need several tokens for it read it in one pass. What is chosen never depends on a guess (a member's answer
/// after some tokens is the same bits whatever else it was asked), so that a wrong one only costs.
struct TokenGuess {
    /// How bytes are going to be chosen.
    enum Choice {
        case likeliest
        /// By the numbers that step `step` and those after it draw by: where the members that have answered agree with all
        /// of them, the guess is what will be drawn.
        case drawn(seed: UInt64, step: Int)

        /// The number in [0, 1) that a byte some steps on is drawn by, or by which it is drawn whether a token ends
        /// before it.
        func uniform(_ offset: Int, ofEnd: Bool) -> Double? {
            guard case .drawn(let seed, let step) = self else { return nil }
            return SamplerRandom.uniform(seed: seed, step: (step + offset) * 32 + (ofEnd ? 31 : 0))
        }
    }

    /// One member's tokens that go on the text.
    private struct Source {
        var weight: Double
        let masses: TokenMasses
        let index: PrefixIndex
        var range: PrefixIndex.Range
    }

    private var sources: [Source] = []
    private let choice: Choice
    /// The weight of those that have not answered, and of all.
    private var silent: Double
    private let weight: Double

    /// Longer tokens are rare.
    private static let longest = 24

    /// - Parameter weight: of all members.
    init(_ choice: Choice, weight: Double) {
        self.choice = choice
        self.weight = weight
        silent = weight
    }

    /// Takes in what a member of some weight says: the tokens that most of it goes on within.
    mutating func add(_ resolution: LatticeResolution, weight: Double) {
        guard weight > 0, let (_, masses, range) = resolution.mostlyWithin else { return }
        silent = max(0, silent - weight)
        sources.append(Source(weight: weight, masses: masses, index: resolution.index, range: range))
    }

    /// The bytes up to the end of the token; empty where nobody has answered.
    mutating func bytes() -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < Self.longest, let byte = next(bytes.count) {
            bytes.append(byte)
            if endsToken(bytes.count) { break }
        }
        return bytes
    }

    /// Goes on with the next byte.
    private mutating func next(_ offset: Int) -> UInt8? {
        var row = [Double](repeating: 0, count: 256)
        for source in sources {
            let total = source.masses.sum(source.range.low..<source.range.high)
            guard total > 0 else { continue }
            if source.range.depth == 0 {
                for byte in 0..<256 { row[byte] += source.weight / total * source.masses.firstBytes[byte] }
            } else {
                source.index.forEachNextByte(of: source.range) { byte, positions in
                    row[Int(byte)] += source.weight / total * source.masses.sum(positions)
                }
            }
        }
        guard let chosen = choose(from: row, offset) else { return nil }
        for number in sources.indices {
            let source = sources[number]
            let before = source.masses.sum(source.range.low..<source.range.high)
            let range = source.index.narrow(source.range, by: UInt8(chosen))
            sources[number].range = range
            if before > 0 { sources[number].weight *= source.masses.sum(range.low..<range.high) / before }
        }
        sources.removeAll { $0.weight <= 0 || $0.range.isEmpty }
        return UInt8(chosen)
    }

    /// The byte that will probably be chosen; nil where those that have not answered may well change that.
    private func choose(from row: [Double], _ offset: Int) -> Int? {
        let sum = row.reduce(0, +)
        guard sum > 0 else { return nil }
        guard let uniform = choice.uniform(offset, ofEnd: false) else {
            let best = row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 }
            return row[best] > Self.leastLead * sum ? best : nil
        }
        // A byte's stretch of [0, 1) moves by what the others say of the rest.
        var end = 0.0
        for byte in row.indices where row[byte] > 0 {
            let start = end
            end += row[byte] / sum
            guard uniform < end else { continue }
            let margin = silent / weight * (1 - (end - start)) / 2
            return uniform >= start + (start > 0 ? margin : 0) && uniform < end - margin ? byte : nil
        }
        return nil
    }

    /// The likeliest byte is guessed where it has this share.
    private static let leastLead = 0.4

    /// Whether a token ends after the byte chosen last; goes on with those that do not where none does.
    private mutating func endsToken(_ offset: Int) -> Bool {
        var (ended, all) = (0.0, 0.0)
        for number in sources.indices {
            let source = sources[number]
            let exact = source.index.exact(source.range)
            let longer = PrefixIndex.Range(low: exact.upperBound, high: source.range.high, depth: source.range.depth)
            let total = source.masses.sum(source.range.low..<source.range.high)
            guard total > 0 else { continue }
            let left = source.masses.sum(longer.low..<longer.high)
            ended += source.weight * (1 - left / total)
            all += source.weight
            sources[number].weight *= left / total
            sources[number].range = longer
        }
        sources.removeAll { $0.weight <= 0 || $0.range.isEmpty }
        guard !sources.isEmpty, all > 0 else { return true }
        return choice.uniform(offset, ofEnd: true).map { $0 >= 1 - ended / all } ?? (ended > all / 2)
    }
}
