/// A text cut where every member has a token boundary, and how likely each member found each piece.
///
/// A joint boundary is a byte offset where the canonical tokenization of every member has a boundary. Between two of them
/// lies a segment g, and P_m(g | before) is the product of the probabilities of its tokens: one canonical pass a member,
/// whatever the weights.
package struct JointSegments: Equatable, Sendable {
    package let memberCount: Int
    /// Byte offsets where segments begin and end; one more entry than there are segments.
    package let bounds: [Int]
    /// Natural log P_m(segment) [segments × members]; −∞ where a member cannot say it, NaN where it was faulty.
    package let logProbabilities: [Double]
    /// H_m in nats where the segment begins [segments × members]; NaN where it is not known.
    package let entropies: [Double]
    /// The sum over a segment's tokens of what normalises them tempered [temperatures × segments × members].
    package let logPartitions: [Double]
    /// Where segments are bytes and every member's distributions were kept: natural log p_m of the 256 bytes and the end
    /// [segments × members × 257]. Else empty.
    package let rows: [Float]

    package var count: Int { max(0, bounds.count - 1) }

    /// Cuts a text.
    /// - Parameters:
    ///   - scores: one a member, of the same text.
    ///   - offset: what is scored begins at the last joint boundary at or before this byte.
    package init(_ scores: [TokenScores], from offset: Int = 0) {
        let boundaries = Self.boundaries(of: scores)
        self.init(scores, boundaries: boundaries, start: boundaries.last { $0 <= offset } ?? 0)
    }

    /// Cuts the texts `prompt` + continuation so that their scores compare: all begin at one place, the last offset at or
    /// before the end of the prompt that is a joint boundary in every one of them.
    /// - Parameters:
    ///   - scores: [continuations][members].
    ///   - promptLength: in bytes.
    package static func choices(_ scores: [[TokenScores]], promptLength: Int) -> [JointSegments] {
        let boundaries = scores.map { Self.boundaries(of: $0) }
        let common = boundaries.reduce(boundaries.first ?? []) { intersection($0, $1) }
        let start = common.last { $0 <= promptLength } ?? 0
        return zip(scores, boundaries).map { JointSegments($0, boundaries: $1, start: start) }
    }

    /// The joint boundaries of a text, ascending, from 0 to its length.
    package static func boundaries(of scores: [TokenScores]) -> [Int] {
        let each = scores.map { member in
            member.ends.reduce(into: [0]) { if $1 > $0[$0.count - 1] { $0.append($1) } }
        }
        return each.dropFirst().reduce(each.first ?? [0]) { intersection($0, $1) }
    }

    private init(_ scores: [TokenScores], boundaries: [Int], start: Int) {
        memberCount = scores.count
        bounds = boundaries.filter { $0 >= start }
        let size = max(0, bounds.count - 1) * scores.count
        var sums = [Double](repeating: 0, count: size)
        var entropies = [Double](repeating: .nan, count: size)
        let temperatures = scores.map { $0.logPartitions.count / max(1, $0.ends.count) }.min() ?? 0
        var partitions = [Double](repeating: 0, count: temperatures * size)
        for (member, score) in scores.enumerated() {
            var segment = 0
            var begun = -1
            let stride = score.logPartitions.count / max(1, score.ends.count)
            for (token, (end, logProbability)) in zip(score.ends, score.logProbabilities).enumerated() {
                // Tokens of no bytes at the very start (a dummy prefix of its own) belong to the first segment.
                if end <= start && !(start == 0 && end == 0) { continue }
                while segment + 2 < bounds.count && end > bounds[segment + 1] { segment += 1 }
                guard bounds.count > 1 else { break }
                let cell = segment * scores.count + member
                sums[cell] += logProbability
                if begun < segment, token < score.entropies.count {
                    begun = segment
                    entropies[cell] = score.entropies[token]
                }
                for index in 0..<temperatures {
                    partitions[index * size + cell] += score.logPartitions[token * stride + index]
                }
            }
        }
        logProbabilities = sums
        self.entropies = entropies
        logPartitions = partitions
        let symbols = ByteLattice.symbolCount
        let isByBytes =
            bounds.count > 1 && zip(bounds, bounds.dropFirst()).allSatisfy { $1 == $0 + 1 }
            && scores.allSatisfy { $0.rows.count == symbols * $0.ends.count && $0.ends.count == $0.ends.last }
        rows =
            isByBytes
            ? bounds.dropLast().flatMap { byte in
                scores.flatMap { $0.rows[byte * symbols..<(byte + 1) * symbols] }
            } : []
    }

    /// What two ascending lists have in common.
    private static func intersection(_ a: [Int], _ b: [Int]) -> [Int] {
        var result: [Int] = []
        var (i, j) = (0, 0)
        while i < a.count && j < b.count {
            if a[i] == b[j] {
                result.append(a[i])
                i += 1
                j += 1
            } else if a[i] < b[j] {
                i += 1
            } else {
                j += 1
            }
        }
        return result
    }
}
