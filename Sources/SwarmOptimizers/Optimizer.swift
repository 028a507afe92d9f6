/// A search that is asked for points and told how good they are. Knows nothing of language.
///
/// Its whole state is `Codable`: saved between `tell` and the next `ask`, it continues bit for bit.
package protocol Optimizer: Codable, Sendable {
    /// The points to evaluate next; empty when the search has ended.
    mutating func ask() -> [[Double]]
    /// The utilities of the points `ask` gave, in order. Higher is better; −∞ marks an invalid point, NaN counts as −∞.
    mutating func tell(_ utilities: [Double])
    /// The best point so far and its utility; nil before the first `tell`.
    var best: Evaluation? { get }
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
