internal import SwarmOptimizers

/// Measures what an optimizer asks for: all points at once on traces; example by example, racing, where answers are
/// generated. What was looked at of an unfinished iteration is in the study.
struct PointEvaluator {
    let objective: Objective
    let race: Race
    let study: Study?
    /// The optimizer's, in the study.
    let name: String
    /// Asked between looks; the objective's own is not, so that a look is always finished.
    let control: RunControl
    private var known: Race.Known = [:]

    init(_ objective: Objective, race: Race, study: Study?, name: String, control: RunControl) {
        self.objective = objective
        self.race = race
        self.study = study
        self.name = name
        self.control = control
    }

    /// Answers to a point that is looked at whole; 0 where nothing is raced.
    var answerCount: Int { objective.isRaced ? objective.answerCount : 0 }

    /// What points were found to be before, in an interrupted search.
    mutating func recall(_ points: [MeasuredPoint]) throws {
        guard objective.isRaced else { return }
        let whole = points.filter { $0.contributions != nil }
        let bases = try objective.base(whole.map(\.evaluation.position))
        for (point, base) in zip(whole, bases) {
            known[point.evaluation.position] = (base, point.contributions ?? [])
        }
    }

    /// - Throws: what the objective throws; `EvaluationError.interrupted` between two looks.
    mutating func measure(iteration: Int, points: [[Double]], stakes: [Stake?]) throws -> [MeasuredPoint] {
        guard objective.isRaced else {
            return zip(points, try objective.scores(of: points)).map {
                MeasuredPoint(evaluation: Evaluation(position: $0, utility: $1))
            }
        }
        var look = 0
        let field = Race.Field(
            exampleCount: objective.answerCount, range: objective.range(known), base: objective.base,
            contributions: { [objective, study, name, control] points, examples in
                defer { look += 1 }
                if let saved = try study?.look(look, of: name, iteration: iteration),
                    saved.count == points.count, saved.allSatisfy({ $0.count == examples.count })
                {
                    return saved
                }
                try control.check()
                let values = try objective.contributions(of: points, answers: examples)
                try study?.record(look: look, of: name, iteration: iteration, values: values)
                return values
            })
        return try race.measure(iteration: iteration, points: points, stakes: stakes, field: field, known: &known)
    }
}
