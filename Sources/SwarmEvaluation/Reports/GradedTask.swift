/// A task with every system graded on both splits; becomes a `TaskReport`.
struct GradedTask {
    let task: TaskSpec
    let dev: [Example]
    let test: [Example]
    /// One a system.
    let devOutcomes: [Outcomes]
    let testOutcomes: [Outcomes]
    /// How often random weights are right on each test example, in [0, 1]; nil where answers are not right or wrong.
    let chance: [Double]?
    let chanceDraws: Int
    let promptSensitivity: PromptSensitivity?
    /// Answers decoded.
    let generated: Int

    private var higherIsBetter: Bool { task.metric.higherIsBetter }

    func report(_ systems: Systems, resamples: Int, seed: UInt64) -> TaskReport {
        let best = bestMember(systems)
        var test = split(testOutcomes, items: test, systems, best: best, resamples: resamples, seed: seed)
        test.report.difference = test.differences.first
        test.report.differences = test.differences
        return TaskReport(
            name: task.name, kind: task.kind.rawValue, metric: task.metric.rawValue, higherIsBetter: higherIsBetter,
            weight: task.weight, bestMember: String(systems.names[best].dropFirst("member:".count)),
            dev: split(devOutcomes, items: dev, systems, best: best, resamples: resamples, seed: seed).report,
            test: test.report,
            emergence: chance.map { emergence($0, systems, best: best, resamples: resamples, seed: seed) },
            promptSensitivity: promptSensitivity, settings: task)
    }

    private func bestMember(_ systems: Systems) -> Int {
        Self.bestMember(devOutcomes.prefix(systems.memberCount).map(\.value), higherIsBetter: higherIsBetter)
    }

    /// The member that is best on dev, by its scores there; ties go to the first.
    static func bestMember(_ scores: [Double], higherIsBetter: Bool) -> Int {
        var best = 0
        for index in scores.indices where higherIsBetter ? scores[index] > scores[best] : scores[index] < scores[best] {
            best = index
        }
        return best
    }

    private func split(
        _ outcomes: [Outcomes], items: [Example], _ systems: Systems, best: Int, resamples: Int, seed: UInt64
    ) -> (report: TaskReport.Split, differences: [TaskReport.Difference]) {
        let bootstrap = Bootstrap(
            numerators: outcomes.map(\.numerators), denominators: outcomes[0].denominators, seed: seed,
            resamples: resamples)
        /// One value a system, and the best member's under its own name.
        func named<Value>(_ value: (Int) -> Value) -> [String: Value] {
            var result = ["best-member": value(best)]
            for (index, name) in systems.names.enumerated() { result[name] = value(index) }
            return result
        }
        var domains: [String: TaskReport.Domain] = [:]
        for domain in Set(items.compactMap(\.domain)) {
            let members = items.indices.filter { items[$0].domain == domain }
            domains[domain] = TaskReport.Domain(
                n: members.count,
                scores: named { system in
                    let numerator = members.reduce(0) { $0 + outcomes[system].numerators[$1] }
                    return (numerator / members.reduce(0) { $0 + outcomes[system].denominators[$1] }).finite
                })
        }
        var report = TaskReport.Split(
            n: items.count, scores: named { outcomes[$0].value.finite }, intervals: named(bootstrap.interval),
            standardErrors: named(bootstrap.standardError), otherMetrics: nil, domains: domains)
        if let raw = outcomes[0].raw, outcomes[0].perByte != nil {
            let isNormalized = task.metric == .normalizedAccuracy
            let other = outcomes.map { (isNormalized ? $0.raw : $0.perByte) ?? [] }
            let drawn = Bootstrap(
                numerators: other, denominators: outcomes[0].denominators, seed: seed, resamples: resamples)
            report.otherMetrics = [
                (isNormalized ? TaskSpec.Metric.accuracy : .normalizedAccuracy).rawValue: TaskReport.Metric(
                    scores: named { (other[$0].reduce(0, +) / Double(other[$0].count)).finite },
                    intervals: named(drawn.interval), standardErrors: named(drawn.standardError))
            ]
            if outcomes.allSatisfy({ $0.confidence?.count == raw.count }) {
                let calibration = Calibration.of(
                    right: outcomes.map { $0.raw ?? [] }, confidence: outcomes.map { $0.confidence ?? [] },
                    seed: seed, resamples: resamples)
                report.calibration = named { calibration[$0] }
            }
        }
        guard let swarm = systems.names.firstIndex(of: "swarm") else { return (report, []) }
        let others =
            [("best-member", best)]
            + systems.names.enumerated().dropFirst(systems.memberCount)
            .filter { $0.element != "swarm" }.map { ($0.element, $0.offset) }
        return (
            report,
            others.map { name, other in
                let interval = bootstrap.interval(of: swarm, minus: other)
                return TaskReport.Difference(
                    against: name, value: (outcomes[swarm].value - outcomes[other].value).finite,
                    low: interval?.low, high: interval?.high)
            }
        )
    }

    private func emergence(
        _ chance: [Double], _ systems: Systems, best: Int, resamples: Int, seed: UInt64
    ) -> TaskReport.Emergence {
        let members = testOutcomes[..<systems.memberCount].map(\.numerators)
        func right(_ system: String) -> [Double] {
            systems.names.firstIndex(of: system).map { testOutcomes[$0].numerators }
                ?? [Double](repeating: 0, count: test.count)
        }
        let (swarm, random) = (right("swarm"), right("random"))
        let open = test.indices.map { index in members.allSatisfy { $0[index] == 0 } ? 1.0 : 0 }
        let missed = test.indices.map { members[best][$0] == 0 ? 1.0 : 0 }
        func share(_ of: [Double], where condition: [Double]) -> Double? {
            (zip(of, condition).reduce(0) { $0 + $1.0 * $1.1 } / condition.reduce(0, +)).finite
        }
        func difference(where condition: [Double]) -> Interval? {
            let counted = [swarm, chance].map { zip($0, condition).map { $0 * $1 } }
            return Bootstrap(numerators: counted, denominators: condition, seed: seed, resamples: resamples)
                .interval(of: 0, minus: 1)
        }
        return TaskReport.Emergence(
            cEmerge: share(swarm, where: open), chance: share(chance, where: open),
            randomCEmerge: share(random, where: open), difference: difference(where: open),
            cSurge: share(swarm, where: missed), surgeChance: share(chance, where: missed),
            randomCSurge: share(random, where: missed), surgeDifference: difference(where: missed),
            chanceDraws: chanceDraws, everyMemberWrong: Int(open.reduce(0, +)),
            bestMemberWrong: Int(missed.reduce(0, +)))
    }
}
