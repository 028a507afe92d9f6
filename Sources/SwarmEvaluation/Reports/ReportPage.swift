internal import Foundation
internal import SwarmVocabulary

extension Report {
    /// `report.html`: one page that needs nothing else, plots as SVG, light or dark as the reader has it.
    package func html() -> String {
        let title = Markup.escaped("\(name) – TokenSwarm report")
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(title)</title>
            <style>\(ReportStyle.css)</style></head>
            <body><main>
            \(header)\(verdicts)\(scores)\(searchSection)\(tasks.map(details).joined())\(vocabularySection)\(footer)
            </main></body></html>

            """
    }

    private var header: String {
        let facts = [
            "\(members.count) members", "seed \(seed)", "\(pool["kind"] ?? "") pool",
            "\(alignment["mode"] ?? "") alignment",
            "\(search.optimizer) search, \(cost.evaluations) evaluations",
        ]
        var text = "<header><p class=\"kicker\">TokenSwarm report</p><h1>\(Markup.escaped(name))</h1>"
        text += "<p class=\"facts\">" + facts.map { "<span>\(Markup.escaped($0))</span>" }.joined() + "</p>"
        if searchedTestSet {
            text += "<p class=\"warning\" role=\"note\">\(Markup.escaped(Self.testSetWarning))</p>"
        }
        return text + "</header>\n"
    }

    /// One card a task: the swarm's score and what it is evidence of.
    private var verdicts: String {
        let cards = tasks.map { task -> String in
            let score = task.test.scores["swarm"] ?? nil
            let interval = task.test.intervals["swarm"] ?? nil
            var card = "<article class=\"card\"><h3>\(Markup.escaped(task.name))</h3>"
            card += "<p class=\"metric\">\(Markup.escaped(task.metric)) on test, n = \(task.test.n)</p>"
            card += "<p class=\"value\">\(ReportTable.number(score))"
            if let interval {
                card += " <small>\(ReportTable.number(interval.low)) … \(ReportTable.number(interval.high))</small>"
            }
            card += "</p>"
            card += "<div class=\"against\">"
            for difference in task.test.differences ?? [] {
                let verdict = task.verdict(difference)
                let against =
                    difference.against == "best-member" ? "best member (\(task.bestMember))" : difference.against
                card += "<span class=\"pill \(verdict.style)\">\(verdict.word)</span>"
                card += "<b>\(ReportTable.signed(difference.value))</b><span>vs \(Markup.escaped(against))</span>"
            }
            return card + "</div></article>"
        }
        return "<section class=\"cards\" aria-label=\"Summary\">" + cards.joined() + "</section>\n"
    }

    private var scores: String {
        var text = "<section><h2>Scores</h2><p>Value ± half of the 95% bootstrap interval (\(resamples) resamples).</p>"
        let table = ReportTable(self, intervals: true)
        text += Markup.table(table.header, table.rows)
        text += legend(["s-member": "member", "s-best-member": "best member on dev"])
        let plots = tasks.compactMap { task in
            scorePlot(task).map { figure($0, "\(task.name): filled dots and intervals are test, rings are dev.") }
        }
        return text + "<div class=\"grid\">" + plots.joined() + "</div></section>\n"
    }

    private var searchSection: String {
        var figures: [String] = []
        if let plot = convergencePlot {
            figures.append(
                figure(plot, "Convergence: the best utility on dev after each iteration; dashed, the controls."))
        }
        if let plot = trailPlot {
            let what =
                particlesMove
                ? "Trails: rings are where particles began, dots where they ended, later steps are bolder; "
                : "Every weighting that the search evaluated, later ones bolder; "
            let how = members.count > 3 ? " More than three weights are drawn in the plane of widest spread." : ""
            figures.append(figure(plot, what + "diamonds are the controls and the swarm’s best.\(how)"))
        }
        if let plot = weightPlot { figures.append(figure(plot, "Weights that each control and the swarm ended with.")) }
        for task in tasks {
            guard let plot = scatterPlot(task) else { continue }
            figures.append(
                figure(
                    plot,
                    "\(task.name): every evaluated particle on dev and on test, later ones bolder; the line is where "
                        + "both are equal."))
        }
        return "<section><h2>Search</h2>\(legend([:]))<div class=\"grid\">" + figures.joined() + "</div></section>\n"
    }

    private func details(_ task: TaskReport) -> String {
        var tables = ""
        if let table = task.differenceTable {
            tables += Markup.table(table.header, table.rows, caption: "Swarm minus control, on test")
        }
        var domains = ""
        if let table = domainTable(task) {
            domains = Markup.table(table.header, table.rows, caption: "By domain, \(task.metric) on test")
            // A few columns stand beside the differences, more of them below.
            if table.header.count <= 4 { (tables, domains) = (tables + domains, "") }
        }
        var text = tables.isEmpty ? "" : "<div class=\"grid tables\">\(tables)</div>"
        if let emergence = task.emergence {
            text += Markup.table(
                TaskReport.Emergence.header, emergence.rows(of: task.name), caption: "Emergence, on test")
        }
        if let table = calibrationTable(task) {
            text += "<div class=\"grid\">"
            if let plot = reliabilityPlot(task) {
                text += figure(plot, "Reliability: dots are bins of confidence, as large as they have examples.")
            }
            text += Markup.table(table.header, table.rows, caption: "Expected calibration error") + "</div>"
        }
        if let table = sensitivityTable(task) {
            text += Markup.table(table.header, table.rows, caption: "Prompt sensitivity, \(task.metric) on test")
            let prompts = (task.promptSensitivity?.templates ?? []).map {
                "<li><code>\(Markup.escaped($0))</code></li>"
            }
            text += "<details><summary>Templates</summary><ol>\(prompts.joined())</ol></details>"
        }
        text += domains
        return text.isEmpty ? "" : "<section><h2>\(Markup.escaped(task.name))</h2>\(text)</section>\n"
    }

    private var vocabularySection: String {
        var text = "<section><h2>Members</h2>"
        let table = memberTable
        text += Markup.table(table.header, table.rows)
        if let vocabulary, let plot = vocabularyPlot {
            text += "<div class=\"grid\">"
            text += figure(
                plot,
                "Vocabulary overlap: of the symbols that either of two members has, how many both have. "
                    + "\(vocabulary.symbols) symbols in all, \(vocabulary.normalization) normalisation.")
            text += "</div>"
        }
        return text + "</section>\n"
    }

    private var footer: String {
        let points = Self.explanationPoints.map { "<li>\(Markup.escaped($0))</li>" }.joined()
        return "<section><h2>Cost</h2><p>\(Markup.escaped(costLine)).</p></section>"
            + "<section class=\"reading\"><h2>How to read this</h2><ul>\(points)</ul></section>"
    }

    private func figure(_ plot: Plot, _ caption: String) -> String {
        "<figure>\(plot.svg)<figcaption>\(Markup.escaped(caption))</figcaption></figure>"
    }

    /// The systems' colours; `more` classes and what they stand for.
    private func legend(_ more: [String: String]) -> String {
        let systems = systemWeights.reversed().map { ("s-\($0.name)", $0.name) } + more.sorted { $0.key > $1.key }
        return "<ul class=\"legend\">"
            + systems.map { "<li><i class=\"swatch \($0.0)\"></i>\(Markup.escaped($0.1))</li>" }.joined() + "</ul>"
    }
}

extension TaskReport {
    /// What a difference is evidence of.
    func verdict(_ difference: Difference) -> (word: String, style: String) {
        guard let low = difference.low, let high = difference.high else { return ("no interval", "open") }
        if low <= 0, high >= 0 { return ("no evidence", "open") }
        return (low > 0) == higherIsBetter ? ("better", "good") : ("worse", "bad")
    }
}
