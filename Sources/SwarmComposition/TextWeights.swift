internal import Foundation

/// The weights of a composition along a text that is being written: always those that scoring the text from its start
/// would have after it.
///
/// The text is cut into joint segments anew at every step, since tokens near its end may still change; what did not
/// change is not read again.
struct TextWeights {
    private let members: Int
    /// Before each segment, and after the last.
    private var states: [AdaptiveWeights]
    /// Where segments end, and log P_m [segments × members].
    private var ends: [Int] = []
    private var values: [Double] = []

    /// - Parameter mixing: no weight is negative.
    init(_ mixing: Mixing) {
        members = mixing.weights.count
        states = [AdaptiveWeights(mixing)]
    }

    /// After the whole text.
    var current: AdaptiveWeights { states[states.count - 1] }

    /// Takes in the text as it is now.
    /// - Parameter scores: one a member: log p of its tokens, tempered; NaN where it was not read.
    mutating func read(_ scores: [TokenScores]) {
        let segments = JointSegments(scores)
        var same = 0
        while same < min(ends.count, segments.count), ends[same] == segments.bounds[same + 1],
            zip(values[same * members..<(same + 1) * members], row(segments, same)).allSatisfy({
                $0.bitPattern == $1.bitPattern
            })
        { same += 1 }
        states.removeSubrange((same + 1)...)
        ends.removeSubrange(same...)
        values.removeSubrange((same * members)...)
        for segment in same..<segments.count {
            var next = current
            next.update(Array(row(segments, segment)))
            states.append(next)
            ends.append(segments.bounds[segment + 1])
            values += row(segments, segment)
        }
    }

    private func row(_ segments: JointSegments, _ segment: Int) -> ArraySlice<Double> {
        segments.logProbabilities[segment * members..<(segment + 1) * members]
    }
}

extension Array<Double> {
    /// p^{1/τ} / Z; the same where τ is 1.
    func tempered(_ temperature: Double) -> [Double] {
        guard temperature != 1, let highest = self.max(), highest > 0 else { return self }
        let powers = map { $0 > 0 ? pow($0 / highest, 1 / temperature) : 0 }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}
