package import SwarmOptimizers

/// An evaluation and what it took.
package struct MeasuredPoint: Sendable, Equatable {
    package var evaluation: Evaluation
    /// Examples looked at before the point was dropped; nil where all were.
    package var examples: Int?
    /// What each example adds to the utility, where all were looked at and racing needs it.
    package var contributions: [Double]?

    package init(evaluation: Evaluation, examples: Int? = nil, contributions: [Double]? = nil) {
        self.evaluation = evaluation
        self.examples = examples
        self.contributions = contributions
    }
}
