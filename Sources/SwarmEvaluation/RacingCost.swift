internal import Foundation
internal import SwarmOptimizers

/// What racing spared.
package struct RacingCost: Codable, Sendable, Equatable {
    /// Points that were dropped before all examples were looked at.
    package var dropped = 0
    /// Points that were compositions.
    package var points = 0
    /// Answers that were looked at, and that would have been without racing.
    package var looked = 0
    package var whole = 0
    /// `Race.level`
    package var level = 0.0

    mutating func add(_ point: MeasuredPoint, answers: Int) {
        guard point.evaluation.utility > -.infinity else { return }
        points += 1
        whole += answers
        looked += point.examples ?? answers
        if point.examples != nil { dropped += 1 }
    }

    /// What a report says of it.
    package var sentence: String {
        String(
            format: "racing looked at %d of the search's %d answers (%.0f%% saved) and dropped %d of %d points", looked,
            whole, 100 * saved, dropped, points)
            + (level > 0
                ? String(
                    format: "; the winner is that of the search without racing unless a point was dropped wrongly, "
                        + "the estimated chance of which is below %g at each look", level) : "")
    }

    /// The share of answers that nobody had to look at.
    package var saved: Double { whole > 0 ? 1 - Double(looked) / Double(whole) : 0 }
}
