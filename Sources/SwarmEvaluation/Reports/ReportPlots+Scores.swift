internal import Foundation
internal import SwarmVocabulary

extension Report {
    /// Test scores with their intervals, one row a system, dev scores beside them.
    func scorePlot(_ task: TaskReport) -> Plot? {
        let rows = systemNames.compactMap { name -> (name: String, dev: Double?, test: Double)? in
            guard let test = task.test.scores[name] ?? nil else { return nil }
            return (name, task.dev.scores[name] ?? nil, test)
        }
        guard !rows.isEmpty else { return nil }
        var values: [Double] = []
        for row in rows {
            let interval = task.test.intervals[row.name] ?? nil
            values += [row.test, interval?.low ?? row.test, interval?.high ?? row.test] + (row.dev.map { [$0] } ?? [])
        }
        let rowHeight = 24.0
        var plot = Plot(
            "\(task.name): \(task.metric) of every system on test, with 95% intervals",
            height: rowHeight * Double(rows.count) + 66)
        let names = rows.map { ReportTable.label($0.name) }
        let left = min(220, 24 + 7.2 * Double(names.map(\.count).max() ?? 0))
        let direction = task.higherIsBetter ? "higher is better" : "lower is better"
        let frame = PlotFrame(
            &plot, x: PlotAxis("\(task.metric), \(direction)", spanning: values),
            y: PlotAxis("", spanning: [0, 1]), left: left, showsY: false)
        for (index, row) in rows.enumerated() {
            let y = frame.top + rowHeight * (Double(index) + 0.5) + 4
            let color = row.name.hasPrefix("member:") ? "s-member" : "s-\(row.name)"
            plot.text(
                left - 10, y + 4, Self.shortened(names[index]), row.name == "swarm" ? "label strong" : "label",
                anchor: "end")
            var tip = "\(names[index]): \(ReportTable.number(row.test))"
            if let interval = task.test.intervals[row.name] ?? nil {
                plot.line([(frame.at(interval.low, 0).x, y), (frame.at(interval.high, 0).x, y)], "interval \(color)")
                tip += ", 95% \(ReportTable.number(interval.low)) … \(ReportTable.number(interval.high))"
            }
            if let dev = row.dev {
                plot.circle(frame.at(dev, 0).x, y, radius: 4, "hollow \(color)", tip: "dev \(ReportTable.number(dev))")
            }
            plot.circle(frame.at(row.test, 0).x, y, radius: 4.5, "dot \(color)", tip: tip)
        }
        return plot
    }

    /// `member:NAME` for each, then the controls and the swarm.
    var systemNames: [String] { members.map { "member:\($0.name)" } + ["best-member"] + Report.controls }

    static func shortened(_ name: String) -> String { name.count > 27 ? name.prefix(26) + "…" : name }

    /// Weights, one group of bars a member, one bar a system.
    var weightPlot: Plot? {
        let systems = systemWeights
        guard !systems.isEmpty else { return nil }
        let barHeight = 9.0
        let group = barHeight * Double(systems.count) + 14
        var plot = Plot(
            "Mixing weights of the swarm and the controls, by member",
            height: group * Double(members.count) + 66)
        let left = min(200, 24 + 7.2 * Double(members.map(\.name.count).max() ?? 0))
        let frame = PlotFrame(
            &plot, x: PlotAxis("weight", spanning: systems.flatMap(\.weights) + [0]),
            y: PlotAxis("", spanning: [0, 1]), left: left, showsY: false)
        let zero = frame.at(0, 0).x
        for (member, facts) in members.enumerated() {
            let top = frame.top + group * Double(member) + 7
            plot.text(
                left - 10, top + barHeight * Double(systems.count) / 2 + 4, Self.shortened(facts.name), "label",
                anchor: "end")
            for (index, system) in systems.enumerated() {
                let end = frame.at(system.weights[member], 0).x
                plot.rectangle(
                    min(zero, end), top + barHeight * Double(index), abs(end - zero), barHeight - 1.5,
                    "bar s-\(system.name)",
                    tip: "\(system.name), \(facts.name): \(ReportTable.number(system.weights[member]))")
            }
        }
        plot.line([(zero, frame.top), (zero, frame.bottom)], "axis")
        return plot
    }

    /// Shared symbols of every two members, as a share of the symbols that either has.
    var vocabularyPlot: Plot? {
        guard let vocabulary, vocabulary.members.count > 1 else { return nil }
        let count = vocabulary.members.count
        let left = min(180, 20 + 7.2 * Double(vocabulary.members.map(\.name.count).max() ?? 0))
        let cell = min(96, (560 - left - 16) / Double(count))
        let cellHeight = min(cell, 54)
        var plot = Plot(
            "Vocabulary overlap: text symbols that two members share",
            height: cellHeight * Double(count) + 44)
        for (row, member) in vocabulary.members.enumerated() {
            let y = 8 + cellHeight * Double(row)
            plot.text(left - 10, y + cellHeight / 2 + 4, Self.shortened(member.name), "label", anchor: "end")
            plot.text(
                left + cell * (Double(row) + 0.5), 8 + cellHeight * Double(count) + 20,
                String(member.name.prefix(max(3, Int(cell / 7)))), "tick", anchor: "middle")
            for (column, other) in vocabulary.members.enumerated() {
                let shared =
                    row == column
                    ? member.symbols
                    : vocabulary.overlaps.first {
                        ($0.first == member.name && $0.second == other.name)
                            || ($0.first == other.name && $0.second == member.name)
                    }?.shared ?? 0
                let union = member.symbols + other.symbols - shared
                let share = union > 0 ? Double(shared) / Double(union) : 0
                let x = left + cell * Double(column)
                plot.rectangle(
                    x + 1, y + 1, cell - 2, cellHeight - 2, row == column ? "cell own" : "cell",
                    opacity: row == column ? 1 : 0.06 + 0.6 * share,
                    tip: "\(member.name) and \(other.name): \(shared) of \(union) symbols")
                plot.text(
                    x + cell / 2, y + cellHeight / 2 + (cellHeight > 36 ? -1 : 4),
                    row == column ? "\(shared)" : String(format: "%.0f%%", 100 * share), "label", anchor: "middle")
                guard cellHeight > 36 else { continue }
                plot.text(
                    x + cell / 2, y + cellHeight / 2 + 14, row == column ? "symbols" : "\(shared)", "tick",
                    anchor: "middle")
            }
        }
        return plot
    }

    /// How often the swarm is right at each confidence.
    func reliabilityPlot(_ task: TaskReport) -> Plot? {
        guard let swarm = task.test.calibration?["swarm"] else { return nil }
        var plot = Plot("\(task.name): accuracy of the swarm by its confidence", height: 300)
        let frame = PlotFrame(
            &plot, x: PlotAxis("confidence", spanning: [0, 1]), y: PlotAxis("accuracy on test", spanning: [0, 1]))
        plot.line([frame.at(0, 0), frame.at(1, 1)], "identity")
        let largest = Double(swarm.bins.map(\.n).max() ?? 1)
        plot.line(swarm.bins.map { frame.at($0.confidence, $0.accuracy) }, "curve s-swarm")
        for bin in swarm.bins {
            let place = frame.at(bin.confidence, bin.accuracy)
            plot.circle(
                place.x, place.y, radius: 2.5 + 6 * (Double(bin.n) / largest).squareRoot(), "dot s-swarm",
                tip: "\(bin.n) examples: confidence \(ReportTable.number(bin.confidence)), "
                    + "accuracy \(ReportTable.number(bin.accuracy))")
        }
        return plot
    }
}
