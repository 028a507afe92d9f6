internal import Foundation

extension KneeCurve {
    /// A drawing for a terminal: a bar a line, then the table of particles against iterations in percent.
    package func text(width: Int = 40) -> String {
        let final = points.last?.gain ?? 0
        var lines = [String(format: "gain on the best member (%.6g); the whole run gained %.6g", start, final), ""]
        lines.append("iteration  evaluations        gain    expected  ")
        for point in shown {
            let share = final > 0 ? point.gain / final : 0
            let expected = point.expectedGain.map { String(format: "%.3g", $0) } ?? "–"
            let numbers = String(
                format: "%9ld  %11ld  %10.4g  ", point.iteration, point.evaluations, point.gain)
            lines.append(
                numbers + String(repeating: " ", count: max(0, 10 - expected.count)) + expected + "  "
                    + Self.bar(share, width: width) + (point.evaluations == knee ? "  ← knee" : ""))
        }
        lines.append("")
        lines.append(
            knee.map { "knee at \($0) evaluations: " }.map {
                $0 + String(format: "as many again were expected to add less than %g of the gain", threshold)
            } ?? String(format: "no knee yet: as many evaluations again may add more than %g of the gain", threshold))
        if !gains.isEmpty, final > 0 {
            lines += ["", "percent of that gain, by particles (down) and iterations (across)"]
            func cell(_ text: String) -> String { String(repeating: " ", count: max(1, 6 - text.count)) + text }
            lines.append(cell("") + iterations.map { cell("\($0)") }.joined())
            for (count, row) in zip(particles, gains) {
                lines.append(cell("\(count)") + row.map { cell(String(format: "%.1f", 100 * $0 / final)) }.joined())
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `share` of `width` in eighths of a character.
    private static func bar(_ share: Double, width: Int) -> String {
        let eighths = Int((max(0, min(1, share)) * Double(width) * 8).rounded())
        let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + rest[eighths % 8]
    }

    /// The points, a line each.
    package func csv() -> String {
        CSV.text(
            [["iteration", "evaluations", "gain", "expected_gain"]]
                + points.map { point in
                    [
                        "\(point.iteration)", "\(point.evaluations)", "\(point.gain)",
                        point.expectedGain.map { "\($0)" } ?? "",
                    ]
                })
    }

    /// The content of a JSON file: keys sorted, ends with a newline.
    package func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return Array(try encoder.encode(self)) + [0x0A]
    }

    /// A drawing of its own: gain against evaluations (logarithmic), one curve for the run and one for each smaller
    /// number of particles, the knee as a vertical line.
    package func svg() -> String {
        let (width, height, left, right, top, bottom) = (720.0, 400.0, 70.0, 590.0, 20.0, 350.0)
        let last = Double(max(2, points.last?.evaluations ?? 2))
        let first = Double(max(1, points.first?.evaluations ?? 1))
        let most = max(points.last?.gain ?? 0, 1e-12)
        func place(_ evaluations: Double, _ gain: Double) -> String {
            let share = log(max(evaluations, 1) / min(first, 1)) / log(last / min(first, 1))
            return String(
                format: "%.1f,%.1f", left + share * (right - left), bottom - max(0, gain / most) * (bottom - top))
        }
        var body = ""
        func label(_ x: Double, _ y: Double, _ text: String, _ anchor: String, _ fill: String = "#444") {
            body += String(format: "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%@\" fill=\"%@\">", x, y, anchor, fill)
            body += text + "</text>\n"
        }
        func line(_ list: [String], _ colour: String, _ more: String = "stroke-width=\"2\"") {
            body += "<polyline fill=\"none\" stroke=\"\(colour)\" \(more) points=\"\(list.joined(separator: " "))\"/>\n"
        }
        for tick in 0...4 {
            let gain = most * Double(tick) / 4
            let y = bottom - Double(tick) / 4 * (bottom - top)
            line(["\(left),\(y)", "\(right),\(y)"], "#ddd", "stroke-width=\"1\"")
            label(left - 8, y + 4, String(format: "%.3g", gain), "end")
        }
        var tick = 1.0
        while tick <= last {
            let x = left + log(tick) / log(last) * (right - left)
            line(["\(x),\(top)", "\(x),\(bottom)"], "#ddd", "stroke-width=\"1\"")
            label(x, bottom + 18, String(format: "%.0f", tick), "middle")
            tick *= 10
        }
        let colours = ["#a3a8b0", "#b86a00", "#b1487f", "#00845e", "#7a5bb5", "#c0392b"]
        for (index, count) in particles.dropLast().enumerated() {
            let colour = colours[index % colours.count]
            line(
                zip(iterations, gains[index]).map { place(Double(count * ($0 + 1)), $1) }, colour,
                "stroke-width=\"1.4\"")
            label(right + 10, top + 20 + Double(index) * 18, "\(count) particles", "start", colour)
        }
        line(points.map { place(Double($0.evaluations), $0.gain) }, "#0067a8", "stroke-width=\"2.6\"")
        label(
            right + 10, top + 20 + Double(max(0, particles.count - 1)) * 18,
            particles.last.map { "\($0) particles" } ?? "the run", "start", "#0067a8")
        if let knee {
            let x = left + log(Double(knee)) / log(last) * (right - left)
            line(["\(x),\(top)", "\(x),\(bottom)"], "#333", "stroke-width=\"1.2\" stroke-dasharray=\"5 4\"")
            label(x - 4, top - 6, "knee: \(knee)", "end", "#333")
        }
        label((left + right) / 2, height - 8, "evaluations", "middle")
        body += String(
            format: "<text transform=\"translate(16 %.0f) rotate(-90)\" text-anchor=\"middle\" fill=\"#444\">",
            height / 2)
        body += "gain on the best member</text>\n"
        return String(
            format: "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" ", width, height)
            + "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
            + body + "</svg>\n"
    }
}
