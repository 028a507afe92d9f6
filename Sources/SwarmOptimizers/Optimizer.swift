/// A search that is asked for points and told how good they are. Knows nothing of language.
///
/// Its whole state is `Codable`: saved between `tell` and the next `ask`, it continues bit for bit. Utilities of −∞ are
/// part of that state, so the encoder must be able to write them (`JSONEncoder` needs a float strategy for that).
package protocol Optimizer: Codable, Sendable {
    /// The points to evaluate next; empty when the search has ended. Asking again before `tell` gives the same points.
    func ask() -> [[Double]]
    /// The utilities of the points `ask` gave, in order. Higher is better; −∞ marks an invalid point, NaN counts as −∞.
    mutating func tell(_ utilities: [Double])
    /// The best point so far and its utility; nil before the first `tell`.
    var best: Evaluation? { get }
    /// Points told so far.
    var evaluations: Int { get }
    /// What is at stake with each point that `ask` gives, in order; nil where every utility would change the state.
    var stakes: [Stake?] { get }
}

/// What a point must reach to matter: every utility in `floor ... rival.utility` leads to the very same state, so who
/// measures may stop once the utility is known to lie there.
package struct Stake: Sendable, Equatable {
    /// The point to beat: the particle's own best, or the best of all.
    package var rival: Evaluation
    /// Utilities below this one matter too, because the worst point of all is remembered; −∞ where it is not.
    package var floor: Double

    package init(rival: Evaluation, floor: Double = -.infinity) {
        self.rival = rival
        self.floor = floor
    }
}

/// A point and how good it is.
package struct Evaluation: Codable, Sendable, Equatable {
    package var position: [Double]
    package var utility: Double

    package init(position: [Double], utility: Double) {
        self.position = position
        self.utility = utility
    }
}
