internal import Foundation

extension Report {
    /// A row a member.
    var memberTable: ReportTable {
        ReportTable(
            header: ["name", "architecture", "parameters", "vocabulary", "weight", "path"],
            rows: members.map { member in
                [
                    member.name, member.architecture, "\(member.parameters)", "\(member.vocabularySize)",
                    ReportTable.number(weights[member.name]), member.path,
                ]
            })
    }

    /// Scores by domain; nil where examples have none.
    func domainTable(_ task: TaskReport) -> ReportTable? {
        guard !task.test.domains.isEmpty else { return nil }
        let domains = task.test.domains.keys.sorted()
        return ReportTable(
            header: [""] + domains.map { "\($0) (\(task.test.domains[$0]?.n ?? 0))" },
            rows: systems(of: task).map { system in
                [ReportTable.label(system)]
                    + domains.map { ReportTable.number(task.test.domains[$0]?.scores[system] ?? nil) }
            })
    }

    /// ECE of every system; nil for what is no multiple choice.
    func calibrationTable(_ task: TaskReport) -> ReportTable? {
        guard let calibration = task.test.calibration else { return nil }
        return ReportTable(
            header: ["", "ECE", "95%", "accuracy", "confidence"],
            rows: systems(of: task).compactMap { system in
                guard let found = calibration[system] else { return nil }
                let n = Double(max(1, found.bins.reduce(0) { $0 + $1.n }))
                func mean(_ value: (Calibration.Bin) -> Double) -> Double {
                    found.bins.reduce(0) { $0 + Double($1.n) * value($1) } / n
                }
                let interval = found.interval.map {
                    "\(ReportTable.number($0.low)) … \(ReportTable.number($0.high))"
                }
                return [
                    ReportTable.label(system), ReportTable.number(found.ece), interval ?? "–",
                    ReportTable.number(mean(\.accuracy)), ReportTable.number(mean(\.confidence)),
                ]
            })
    }

    /// The metric under each template; nil without templates.
    func sensitivityTable(_ task: TaskReport) -> ReportTable? {
        guard let sensitivity = task.promptSensitivity else { return nil }
        return ReportTable(
            header: ["", "mean", "sd"] + sensitivity.templates.indices.map { "\($0 + 1)" },
            rows: systems(of: task).compactMap { system in
                guard let scores = sensitivity.scores[system] else { return nil }
                return [
                    ReportTable.label(system), ReportTable.number(sensitivity.mean[system] ?? nil),
                    ReportTable.number(sensitivity.standardDeviation[system] ?? nil),
                ] + scores.map(ReportTable.number)
            })
    }

    /// The composition's test scores as lm-evaluation-harness prints its own.
    var harnessTable: ReportTable {
        func rows(_ task: TaskReport) -> [[String]] {
            func row(_ metric: String, _ higher: Bool, _ value: Double?, _ error: Double?) -> [String] {
                [
                    task.name, "1", task.harnessFilter, "0", metric, higher ? "↑" : "↓", ReportTable.four(value), "±",
                    ReportTable.four(error),
                ]
            }
            let first = row(
                task.metric, task.higherIsBetter, task.test.scores["swarm"] ?? nil,
                task.test.standardErrors["swarm"] ?? nil)
            let others = (task.test.otherMetrics ?? [:]).sorted { $0.key < $1.key }
            return [first]
                + others.map {
                    row($0.key, true, $0.value.scores["swarm"] ?? nil, $0.value.standardErrors["swarm"] ?? nil)
                }
        }
        return ReportTable(
            header: ["Tasks", "Version", "Filter", "n-shot", "Metric", "", "Value", "", "Stderr"],
            rows: tasks.flatMap(rows))
    }

    /// Members, then what has weights of its own.
    private func systems(of task: TaskReport) -> [String] {
        systemNames.filter { $0 != "best-member" && task.test.scores[$0] != nil }
    }
}

extension TaskReport {
    /// The swarm against every control.
    var differenceTable: ReportTable? {
        guard let differences = test.differences, !differences.isEmpty else { return nil }
        return ReportTable(
            header: ["against", "swarm − control", "95%", ""],
            rows: differences.map { difference in
                var interval: Interval?
                if let low = difference.low, let high = difference.high { interval = Interval(low: low, high: high) }
                let against =
                    difference.against == "best-member" ? "best-member (\(bestMember))" : difference.against
                return [
                    against, ReportTable.signed(difference.value), ReportTable.signed(interval),
                    verdict(difference).word,
                ]
            })
    }

    var calibrationLine: String? {
        guard let swarm = test.calibration?["swarm"] else { return nil }
        let best = test.calibration?["best-member"].map { ", best-member \(ReportTable.number($0.ece))" } ?? ""
        let interval = swarm.interval.map {
            ", 95% \(ReportTable.number($0.low)) … \(ReportTable.number($0.high))"
        }
        return "ECE \(ReportTable.number(swarm.ece))\(interval ?? "")\(best)"
    }

    var sensitivityLine: String? {
        guard let sensitivity = promptSensitivity else { return nil }
        let mean = ReportTable.number(sensitivity.mean["swarm"] ?? nil)
        let deviation = ReportTable.number(sensitivity.standardDeviation["swarm"] ?? nil)
        return "over \(sensitivity.templates.count) prompt templates \(metric) \(mean), sd \(deviation)"
    }
}
