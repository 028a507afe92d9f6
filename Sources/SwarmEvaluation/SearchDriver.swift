internal import Foundation
internal import SwarmOptimizers

/// Runs an optimizer to its end, from the study's last checkpoint where there is one.
struct SearchDriver {
    /// What a search did.
    struct Trail {
        /// Best utility so far after each iteration.
        var history: [Double] = []
        /// Utilities in the order of their evaluation.
        var utilities: [Double] = []
        /// Whether the search ended at its knee.
        var stoppedAtKnee = false
        /// What racing saved; zeros where nothing was raced.
        var racing = RacingCost()
        /// What each iteration evaluated.
        var iterations: [[Evaluation]] = []

        mutating func add(_ points: [MeasuredPoint], answers: Int) {
            for point in points {
                utilities.append(point.evaluation.utility)
                racing.add(point, answers: answers)
            }
            let best = points.reduce(history.last ?? -.infinity) { max($0, $1.evaluation.utility) }
            history.append(best)
            iterations.append(points.map(\.evaluation))
        }
    }

    let name: String
    let study: Study?
    let control: RunControl
    /// Members: the first evaluations of a search.
    let members: Int
    /// Evaluations at most, for progress.
    let total: Int
    /// Where to stop before; nil goes to the end.
    let knee: Knee?

    /// Seconds between checkpoints; what was evaluated since is told again.
    private static let checkpointInterval = 1.0

    /// - Throws: what `evaluator` throws; `EvaluationError.interrupted`; `EvaluationError.badStudy` where the study's
    ///   evaluations are not those of this optimizer.
    func run<O: Optimizer>(
        _ made: O, evaluator: PointEvaluator
    ) throws -> (optimizer: O, trail: Trail) {
        var optimizer = made
        var evaluator = evaluator
        var trail = Trail()
        trail.racing.level = evaluator.race.level
        try resume(&optimizer, &trail, &evaluator)
        let start = ContinuousClock.now
        let before = trail.utilities.count
        var saved = start
        while true {
            try control.check()
            trail.stoppedAtKnee = knee?.isReached(trail.utilities, members: members) ?? false
            let points = trail.stoppedAtKnee ? [] : optimizer.ask()
            let best = optimizer.best?.utility ?? -.infinity
            let elapsed = (ContinuousClock.now - start).seconds
            let spent = trail.utilities.count
            control.progress(
                .init(
                    phase: "searching: \(name)", done: spent, total: points.isEmpty ? spent : total,
                    note: Self.note(best, evaluated: spent - before, left: total - spent, seconds: elapsed)))
            if points.isEmpty { return (optimizer, trail) }
            let iteration = trail.iterations.count
            let measured = try evaluator.measure(iteration: iteration, points: points, stakes: optimizer.stakes)
            optimizer.tell(measured.map(\.evaluation.utility))
            let isDue = (ContinuousClock.now - saved).seconds >= Self.checkpointInterval
            if isDue { saved = ContinuousClock.now }
            try study?.record(
                optimizer: name, iteration: iteration, evaluations: measured, state: isDue ? optimizer : nil)
            trail.add(measured, answers: evaluator.answerCount)
        }
    }

    /// `best -1.234, 820/s, 12 s left`
    private static func note(_ best: Double, evaluated: Int, left: Int, seconds: Double) -> String {
        var parts = ["best \(String(format: "%.6g", best))"]
        if evaluated > 0, seconds > 0 {
            let rate = Double(evaluated) / seconds
            parts.append(String(format: rate >= 10 ? "%.0f/s" : "%.2f/s", rate))
            if left > 0 { parts.append(String(format: "%.0f s left", Double(left) / rate)) }
        }
        return parts.joined(separator: ", ")
    }

    private func resume<O: Optimizer>(
        _ optimizer: inout O, _ trail: inout Trail, _ evaluator: inout PointEvaluator
    ) throws {
        guard let study else { return }
        let recorded = try study.iterations(of: name)
        var next = 0
        if let checkpoint = try study.checkpoint(of: name, as: O.self), checkpoint.iteration < recorded.count {
            optimizer = checkpoint.state
            next = checkpoint.iteration + 1
        }
        for (index, points) in recorded.enumerated() {
            if index >= next {
                guard optimizer.ask() == points.map(\.evaluation.position) else {
                    throw EvaluationError.badStudy(
                        path: study.path, found: "other points than this search asks for in iteration \(index)",
                        expected: "a study of the same version of this program")
                }
                optimizer.tell(points.map(\.evaluation.utility))
            }
            try evaluator.recall(points)
            trail.add(points, answers: evaluator.answerCount)
        }
    }
}
