internal import Foundation

/// The comparison as rows and columns: systems by tasks and splits.
struct ReportTable {
    let header: [String]
    let rows: [[String]]

    /// - Parameter intervals: whether the 95% half-widths are shown.
    init(_ report: Report, intervals: Bool) {
        let members = report.members.map { "member:\($0.name)" }
        let controls = ["best-member", "uniform", "random", "em", "swarm"]
        var header = [""]
        for task in report.tasks { header += ["\(task.name) dev", "\(task.name) test"] }
        self.header = header
        rows = (members + controls).compactMap { system in
            guard report.tasks.allSatisfy({ $0.test.scores[system] != nil }) else { return nil }
            return [Self.label(system)]
                + report.tasks.flatMap { task in
                    [task.dev, task.test].map { split in
                        let score = ReportTable.number(split.scores[system] ?? nil)
                        guard intervals, let interval = split.intervals[system] ?? nil else { return score }
                        return score + " ± " + ReportTable.number((interval.high - interval.low) / 2)
                    }
                }
        }
    }

    init(header: [String], rows: [[String]]) {
        self.header = header
        self.rows = rows
    }

    /// A system's name for people.
    static func label(_ system: String) -> String {
        system.hasPrefix("member:") ? String(system.dropFirst("member:".count)) : system
    }

    /// `low … high`, with signs.
    static func signed(_ interval: Interval?) -> String {
        interval.map { "\(signed($0.low)) … \(signed($0.high))" } ?? "–"
    }

    /// Three decimals; `–` where there is no number.
    static func number(_ value: Double?) -> String {
        value.map { String(format: "%.3f", $0) } ?? "–"
    }

    /// Four decimals, as lm-evaluation-harness prints them.
    static func four(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "N/A" }

    static func signed(_ value: Double?) -> String {
        value.map { String(format: "%+.3f", $0) } ?? "–"
    }

    /// Columns padded to their widest cell, the first flush left, the others flush right.
    var text: String {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        var lines = all.map { row in
            row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + padding : padding + cell
            }.joined(separator: "  ")
        }
        lines.insert(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "), at: 1)
        return lines.joined(separator: "\n") + "\n"
    }

    var markdown: String {
        var lines = [header] + [header.indices.map { $0 == 0 ? "---" : "---:" }] + rows
        for index in lines.indices { lines[index] = lines[index].map { $0.replacingOccurrences(of: "|", with: "\\|") } }
        return lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n") + "\n"
    }
}

extension Report {
    /// The comparison for a terminal: the table, then a line a task with the difference and emergence.
    package func text() -> String {
        var text = ReportTable(self, intervals: false).text + "\n"
        for task in tasks {
            text += "\(task.name): \(task.metric), \(task.higherIsBetter ? "higher" : "lower") is better, "
            text += "n = \(task.dev.n) dev, \(task.test.n) test\n"
            for line in [task.differenceLine, task.emergenceLine, task.calibrationLine, task.sensitivityLine] {
                if let line { text += "  \(line)\n" }
            }
        }
        if searchedTestSet { text += "\(Self.testSetWarning)\n" }
        text += "weights: " + weightLine(weights) + "\n"
        text += "cost: \(costLine)\n"
        return text
    }

    /// `report.md`.
    package func markdown() -> String {
        var text = "# \(name)\n\n"
        if searchedTestSet { text += "**\(Self.testSetWarning)**\n\n" }
        text += "Seed \(seed). Weights: \(weightLine(weights)).\n\n"
        text += "## Scores\n\nValue ± half of the 95% bootstrap interval.\n\n"
        text += ReportTable(self, intervals: true).markdown + "\n"
        for task in tasks {
            text += "- **\(task.name)**: \(task.metric), \(task.higherIsBetter ? "higher" : "lower") is better; "
            text += "n = \(task.dev.n) dev, \(task.test.n) test."
            if let line = task.differenceLine { text += " \(line.capitalizedFirst)." }
            text += "\n"
        }
        for task in tasks {
            if let table = task.differenceTable {
                text += "\n## \(task.name): swarm minus control (test)\n\n" + table.markdown
            }
        }
        text += emergenceSection
        for task in tasks {
            for (title, table) in [
                ("calibration (test)", calibrationTable(task)), ("prompt sensitivity (test)", sensitivityTable(task)),
                ("by domain (test, \(task.metric))", domainTable(task)),
            ] {
                if let table { text += "\n## \(task.name): \(title)\n\n" + table.markdown }
            }
        }
        text += "\n## lm-evaluation-harness's columns\n\n" + harnessTable.markdown
        text += "\n## Members\n\n" + memberTable.markdown
        text += "\n## Cost\n\n\(costLine.capitalizedFirst).\n"
        text += "\n## How to read this\n\n" + Self.explanationPoints.map { "- \($0)\n" }.joined()
        return text
    }

    static let testSetWarning =
        "Searched on test examples (--i-know-this-is-the-test-set): the scores on test are no evidence."

    private var emergenceSection: String {
        let rows = tasks.flatMap { task in task.emergence.map { $0.rows(of: task.name) } ?? [] }
        guard !rows.isEmpty else { return "" }
        return "\n## Emergence (test)\n\n" + ReportTable(header: TaskReport.Emergence.header, rows: rows).markdown
    }

    private func weightLine(_ weights: [String: Double]) -> String {
        members.map { "\($0.name) \(ReportTable.number(weights[$0.name]))" }.joined(separator: ", ")
    }

    var costLine: String {
        "\(cost.memberPasses) examples read by members, \(cost.evaluations) weightings evaluated in "
            + String(format: "%.2f s", cost.searchSeconds)
            + ", \(cost.generatedAnswers) answers decoded, " + String(format: "%.1f s", cost.seconds) + " in all"
            + (search.stoppedAtKnee ? "; the search stopped at its knee" : "")
            + (search.racing.map { "; " + $0.sentence } ?? "")
    }

    static let explanationPoints = [
        "Weights are searched on dev only; test is read once, for this report. Dev scores of `random`, `em` and `swarm` "
            + "are optimistic: they were chosen there.",
        "`best-member` is the member that is best on the task's own dev split. `uniform` gives every member the same "
            + "weight. `random` is the best of as many random weightings as the search evaluated. `em` are the "
            + "maximum-likelihood weights of the linear pool, the exact optimum for likelihood.",
        "Intervals are 95% percentiles of a bootstrap over examples; differences are paired: both systems are drawn "
            + "on the same examples. An interval that excludes 0 is evidence of a difference; of many such intervals "
            + "one in twenty excludes 0 by chance.",
        "C-emerge = P(swarm right | every member wrong), C-surge = P(swarm right | best dev member wrong). Both are to be "
            + "held against chance, the same for random weights.",
        "`bits_per_byte` = −log₂ P(text) / bytes, the one likelihood that members of different vocabularies share.",
        "ECE, expected calibration error: how far confidence is from accuracy, over 15 bins (Guo et al. 2017). It cannot "
            + "be below 0, so that chance alone makes it positive.",
        "Prompt sensitivity: mean and standard deviation of the metric over other wordings of the prompt, with the same "
            + "weights.",
    ]
}

extension TaskReport {
    /// The swarm against the best member on test, in words.
    var differenceLine: String? {
        guard let difference = test.difference, let value = difference.value else { return nil }
        var line = "swarm − \(difference.against) (\(bestMember)) on test: \(ReportTable.signed(value))"
        if let low = difference.low, let high = difference.high {
            line += ", 95% \(ReportTable.signed(low)) … \(ReportTable.signed(high))"
        }
        return line
    }

    var emergenceLine: String? {
        guard let emergence else { return nil }
        func share(_ name: String, _ value: Double?, _ chance: Double?, _ difference: Interval?) -> String {
            "\(name) \(ReportTable.number(value)) (chance \(ReportTable.number(chance))"
                + (difference.map { ", difference 95% \(ReportTable.signed($0))" } ?? "")
        }
        return share("C-emerge", emergence.cEmerge, emergence.chance, emergence.difference)
            + ", \(emergence.everyMemberWrong) examples that every member got wrong), "
            + share("C-surge", emergence.cSurge, emergence.surgeChance, emergence.surgeDifference) + ")"
    }
}

extension TaskReport.Emergence {
    static let header = ["", "swarm", "random weights", "swarm − random weights, 95%", "random search", "examples"]

    /// C-emerge and C-surge of a task as rows: the swarm beside random weights and random search.
    func rows(of task: String) -> [[String]] {
        [
            ("C-emerge", cEmerge, chance, difference, randomCEmerge, everyMemberWrong),
            ("C-surge", cSurge, surgeChance, surgeDifference, randomCSurge, bestMemberWrong),
        ].map { name, swarm, chance, difference, random, count in
            [
                "\(task): \(name)", ReportTable.number(swarm), ReportTable.number(chance),
                ReportTable.signed(difference), ReportTable.number(random), "\(count)",
            ]
        }
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
