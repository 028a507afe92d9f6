/// A point that the search evaluated, as the report draws it.
package struct EvaluatedParticle: Codable, Sendable, Equatable {
    package var iteration: Int
    /// Its place in the iteration: one particle's places through the iterations are its trail.
    package var particle: Int
    package var weights: [Double]
    package var utility: Double?
    /// By task, where a task is scored on traces.
    package var dev: [String: Double?]
    package var test: [String: Double?]
}
