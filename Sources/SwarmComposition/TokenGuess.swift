internal import SwarmVocabulary

/// What a text will probably go on with up to the end of a token, by the members that have answered already.
///
/// Others that need several tokens for it read it in one pass. What is chosen never depends on a guess (a member's answer
/// after some tokens is the same bits whatever else it was asked), so that a wrong one only costs.
struct TokenGuess {
    /// One member's tokens that go on the text.
    private struct Source {
        var weight: Double
        let masses: TokenMasses
        let index: PrefixIndex
        var range: PrefixIndex.Range
    }

    private var sources: [Source] = []

    /// Longer tokens are rare.
    private static let longest = 24

    /// Takes in what a member of some weight says: the tokens that most of it goes on within.
    mutating func add(_ resolution: LatticeResolution, weight: Double) {
        guard weight > 0, let (_, masses, range) = resolution.mostlyWithin else { return }
        sources.append(Source(weight: weight, masses: masses, index: resolution.index, range: range))
    }

    /// The bytes up to the end of the token; empty where nobody has answered.
    mutating func bytes() -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < Self.longest, let byte = next() {
            bytes.append(byte)
            if endsToken() { break }
        }
        return bytes
    }

    /// Goes on with the next byte.
    private mutating func next() -> UInt8? {
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
        guard let chosen = choose(from: row) else { return nil }
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

    /// The likeliest byte; nil where those that have not answered may well change that.
    private func choose(from row: [Double]) -> Int? {
        let sum = row.reduce(0, +)
        guard sum > 0 else { return nil }
        let best = row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 }
        return row[best] > Self.leastLead * sum ? best : nil
    }

    /// The likeliest byte is guessed where it has this share.
    private static let leastLead = 0.4

    /// Whether a token ends after the byte chosen last; goes on with those that do not where none does.
    private mutating func endsToken() -> Bool {
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
        return ended > all / 2
    }
}
