/// The objective as a sum over answers, for `Race`: the tasks scored on traces are its base; an answer of task t adds
/// w_t score / (n_t Σ w). Answers are numbered through, one task after another.
extension Objective {
    /// Whether answers are generated and utilities are summed, not combined harmonically.
    package var isRaced: Bool { !answered.isEmpty && combination == .mean }

    /// Answers in all.
    package var answerCount: Int { answered.reduce(0) { $0 + $1.examples.items.count } }

    private var totalWeight: Double {
        (tables.map(\.examples.task.weight) + answered.map(\.examples.task.weight)).reduce(0, +)
    }

    /// What one answer of a task may add, per unit of score.
    private func share(_ task: AnsweredTask<SearchSplit>) -> Double {
        task.examples.task.weight / (Double(max(1, task.examples.items.count)) * totalWeight)
    }

    /// What the points have without an answer; −∞ where they are no compositions.
    package func base(_ points: [[Double]]) throws -> [Double] {
        let points = points.map(mixing)
        var sums = points.map { isComposition($0) ? 0 : -Double.infinity }
        for table in tables {
            let share = table.examples.task.weight / totalWeight
            for (index, utility) in try table.utilities(points, pool: pool, threads: control.pool).enumerated() {
                sums[index] += share * utility
            }
        }
        return sums
    }

    /// What answers add [points][answers].
    package func contributions(of points: [[Double]], answers: [Int]) throws -> [[Double]] {
        var result = [[Double]](repeating: [Double](repeating: 0, count: answers.count), count: points.count)
        var start = 0
        for task in answered {
            let range = start..<start + task.examples.items.count
            start = range.upperBound
            let places = answers.indices.filter { range.contains(answers[$0]) }
            guard !places.isEmpty, !points.isEmpty else { continue }
            let scores = try task.scores(
                of: points.map(mixing), examples: places.map { answers[$0] - range.lowerBound }, control: control)
            let share = share(task)
            for (point, row) in scores.enumerated() {
                for (place, score) in zip(places, row) { result[point][place] = share * score }
            }
        }
        return result
    }

    /// What one answer may add: scores of 0 to 1, and whatever a program or server was seen to give.
    package func range(_ known: Race.Known) -> ClosedRange<Double> {
        let seen = known.values.lazy.flatMap(\.contributions)
        return min(0, seen.min() ?? 0)...max(answered.map(share).max() ?? 0, seen.max() ?? 0)
    }
}
