internal import Foundation
internal import SwarmOptimizers

/// The plots of a report. Systems are coloured by name on every plot.
extension Report {
    static let controls = ["uniform", "random", "em", "swarm"]

    /// Best utility so far by iteration, and what the controls reached.
    var convergencePlot: Plot? {
        let points = search.history.enumerated().compactMap { index, value in value.map { (Double(index), $0) } }
        guard points.count > 1 else { return nil }
        let levels = Report.controls.compactMap { name in
            (search.utilities[name] ?? nil).map { (name, $0) }
        }.filter { $0.0 != "swarm" }
        // A control far below would flatten the curve.
        let low = points.map(\.1).min() ?? 0
        let span = max((points.map(\.1).max() ?? 0) - low, 1e-9)
        let shown = levels.filter { $0.1 > low - 1.5 * span }
        var plot = Plot("Best utility on dev so far, by iteration of the search")
        let frame = PlotFrame(
            &plot, x: PlotAxis("iteration", spanning: points.map(\.0)),
            y: PlotAxis("utility on dev, higher is better", spanning: points.map(\.1) + shown.map(\.1)))
        for (name, level) in shown {
            plot.line([frame.at(frame.x.low, level), frame.at(frame.x.high, level)], "level s-\(name)")
        }
        plot.line(points.map { frame.at($0.0, $0.1) }, "curve s-swarm")
        for (index, value) in points {
            let place = frame.at(index, value)
            plot.circle(
                place.x, place.y, radius: 2.5, "dot s-swarm",
                tip: "iteration \(Int(index)): \(ReportTable.number(value))")
        }
        return plot
    }

    /// Where the particles went: a triangle for three members, else the plane of widest spread.
    var trailPlot: Plot? {
        let count = members.count
        let seen = particles.filter { $0.weights.count >= count && $0.weights.allSatisfy(\.isFinite) }
        guard count >= 2, seen.count > 1 else { return nil }
        let weights = seen.map { Array($0.weights.prefix(count)) }
        if count == 2 { return lineTrailPlot(seen) }
        let view = SimplexView(weights)
        var plot = Plot("Trails of the particles over the weights of the members")
        let corners = members.indices.map { member in
            view.place((0..<count).map { $0 == member ? 1 : 0 })
        }
        let named = systemWeights.map { ($0.name, view.place($0.weights)) }
        let places = weights.map(view.place)
        let put: (_ place: (x: Double, y: Double)) -> (x: Double, y: Double)
        var labels: [Label] = []
        if view.isTernary {
            let inside = places + named.map(\.1) + corners
            put = Self.fitted(inside, width: plot.width, height: plot.height, margin: 34)
            for level in stride(from: 0.2, to: 0.9, by: 0.2) {
                for member in 0..<3 {
                    let (next, last) = ((member + 1) % 3, (member + 2) % 3)
                    func point(_ share: Int) -> [Double] {
                        var point = [0.0, 0, 0]
                        point[member] = level
                        point[share] = 1 - level
                        return point
                    }
                    plot.line([put(view.place(point(next))), put(view.place(point(last)))], "grid")
                }
            }
            plot.line((corners + [corners[0]]).map(put), "axis")
            for (member, corner) in corners.enumerated() {
                let place = put(corner)
                labels.append(
                    Label(
                        text: members[member].name, x: place.x, y: place.y + (member == 2 ? -10 : 20), anchor: "middle")
                )
            }
        } else {
            let inside = places + named.map(\.1)
            func percent(_ share: Double) -> String { String(format: "%.0f%% of the spread", 100 * share) }
            let frame = PlotFrame(
                &plot,
                x: PlotAxis("first principal component, \(percent(view.explained.first))", spanning: inside.map(\.x)),
                y: PlotAxis("second, \(percent(view.explained.second))", spanning: inside.map(\.y)))
            put = { frame.at($0.x, $0.y) }
            for (member, corner) in corners.enumerated() {
                // One-hot starts are part of the search and so inside, as a rule.
                guard (frame.x.low...frame.x.high).contains(corner.x), (frame.y.low...frame.y.high).contains(corner.y)
                else { continue }
                let place = put(corner)
                let isRight = place.x > plot.width / 2
                labels.append(
                    Label(
                        text: members[member].name, x: place.x + (isRight ? -8 : 8), y: place.y - 7,
                        anchor: isRight ? "end" : "start"))
            }
        }
        addTrails(seen, places.map(put), to: &plot)
        for (name, place) in named { addSystem(name, put(place), to: &plot) }
        // Over the trails, and apart from each other.
        for label in Label.apart(labels) {
            plot.text(label.x, label.y, Self.shortened(label.text), "label halo", anchor: label.anchor)
        }
        return plot
    }

    private struct Label {
        var text: String
        var x: Double
        var y: Double
        var anchor: String

        /// Where the text may lie, letters being 7 wide.
        private var span: ClosedRange<Double> {
            let width = 7 * Double(min(text.count, 27))
            let left = anchor == "start" ? x : anchor == "end" ? x - width : x - width / 2
            return left...(left + width)
        }

        /// Moved down until none covers an earlier one.
        static func apart(_ labels: [Label]) -> [Label] {
            var placed: [Label] = []
            for var label in labels.sorted(by: { ($0.y, $0.x) < ($1.y, $1.x) }) {
                while let other = placed.first(where: { $0.span.overlaps(label.span) && abs($0.y - label.y) < 14 }) {
                    label.y = other.y + 14
                }
                placed.append(label)
            }
            return placed
        }
    }

    /// Two members have one weight to find.
    private func lineTrailPlot(_ seen: [EvaluatedParticle]) -> Plot {
        var plot = Plot("Weight of the first member in every particle, by iteration")
        let frame = PlotFrame(
            &plot, x: PlotAxis("iteration", spanning: seen.map { Double($0.iteration) }),
            y: PlotAxis("weight of \(members[0].name)", spanning: seen.map { $0.weights[0] }))
        addTrails(seen, seen.map { frame.at(Double($0.iteration), $0.weights[0]) }, to: &plot)
        for (name, weights) in systemWeights where weights.count == 2 {
            addSystem(name, frame.at(frame.x.high, weights[0]), to: &plot)
        }
        return plot
    }

    /// Whether the same place in two iterations is the same particle, so that a line between them means something; other
    /// optimizers draw each iteration anew.
    var particlesMove: Bool {
        [OptimizerKind.pso, .de, .nelderMead].map(\.rawValue).contains(search.optimizer)
    }

    private func addTrails(_ seen: [EvaluatedParticle], _ places: [(x: Double, y: Double)], to plot: inout Plot) {
        let last = Double(max(1, seen.map(\.iteration).max() ?? 1))
        guard particlesMove else {
            for (particle, place) in zip(seen, places) {
                let stage = Int((Double(particle.iteration) / last * 4).rounded())
                plot.circle(place.x, place.y, radius: 2.4, "cloud a\(stage)")
            }
            return
        }
        let trails = Set(seen.map(\.particle)).sorted().map { particle in
            seen.indices.filter { seen[$0].particle == particle }
        }
        for trail in trails {
            // Bolder as it goes on.
            for (from, to) in zip(trail, trail.dropFirst()) {
                let stage = Int((Double(seen[to].iteration) / last * 4).rounded())
                plot.line([places[from], places[to]], "trail t\(stage)")
            }
        }
        for trail in trails {
            if let start = trail.first { plot.circle(places[start].x, places[start].y, radius: 2.2, "start") }
            if let end = trail.last { plot.circle(places[end].x, places[end].y, radius: 2.8, "end") }
        }
    }

    private func addSystem(_ name: String, _ place: (x: Double, y: Double), to plot: inout Plot) {
        plot.diamond(place.x, place.y, radius: name == "swarm" ? 8 : 6.5, "mark s-\(name)", tip: name)
    }

    /// Weights of the controls and the swarm, by member in order.
    var systemWeights: [(name: String, weights: [Double])] {
        Report.controls.compactMap { name in
            let weights = name == "swarm" ? self.weights : controlWeights[name] ?? [:]
            guard weights.count == members.count else { return nil }
            return (name, members.map { weights[$0.name] ?? 0 })
        }
    }

    /// Keeps shapes: one scale for both directions, centred.
    private static func fitted(
        _ points: [(x: Double, y: Double)], width: Double, height: Double, margin: Double
    ) -> ((x: Double, y: Double)) -> (x: Double, y: Double) {
        let (lowX, highX) = (points.map(\.x).min() ?? 0, points.map(\.x).max() ?? 1)
        let (lowY, highY) = (points.map(\.y).min() ?? 0, points.map(\.y).max() ?? 1)
        let scale = min((width - 2 * margin) / max(highX - lowX, 1e-9), (height - 2 * margin) / max(highY - lowY, 1e-9))
        let (left, bottom) = ((width - scale * (highX - lowX)) / 2, (height + scale * (highY - lowY)) / 2)
        return { (left + scale * ($0.x - lowX), bottom - scale * ($0.y - lowY)) }
    }

    /// Dev against test of everything the search evaluated, for one task.
    func scatterPlot(_ task: TaskReport) -> Plot? {
        let pairs = particles.compactMap { particle -> (iteration: Int, dev: Double, test: Double)? in
            guard let dev = particle.dev[task.name] ?? nil, let test = particle.test[task.name] ?? nil else {
                return nil
            }
            return (particle.iteration, dev, test)
        }
        guard pairs.count > 1 else { return nil }
        let last = Double(max(1, pairs.map(\.iteration).max() ?? 1))
        let systems = Report.controls.compactMap { name -> (String, Double, Double)? in
            guard let dev = task.dev.scores[name] ?? nil, let test = task.test.scores[name] ?? nil else { return nil }
            return (name, dev, test)
        }
        var plot = Plot("\(task.name): every evaluated particle, dev against test")
        let frame = PlotFrame(
            &plot, x: PlotAxis("\(task.metric) on dev", spanning: pairs.map(\.dev) + systems.map(\.1)),
            y: PlotAxis("\(task.metric) on test", spanning: pairs.map(\.test) + systems.map(\.2)))
        let (low, high) = (max(frame.x.low, frame.y.low), min(frame.x.high, frame.y.high))
        if low < high { plot.line([frame.at(low, low), frame.at(high, high)], "identity") }
        for pair in pairs {
            let place = frame.at(pair.dev, pair.test)
            // Later particles are bolder.
            plot.circle(place.x, place.y, radius: 2.6, "cloud a\(Int((Double(pair.iteration) / last * 4).rounded()))")
        }
        for (name, dev, test) in systems {
            let place = frame.at(dev, test)
            plot.diamond(
                place.x, place.y, radius: name == "swarm" ? 8 : 6.5, "mark s-\(name)",
                tip: "\(name): dev \(ReportTable.number(dev)), test \(ReportTable.number(test))")
        }
        return plot
    }
}
