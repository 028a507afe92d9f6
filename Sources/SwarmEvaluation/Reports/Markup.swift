internal import Foundation

/// Text for HTML and SVG.
enum Markup {
    /// `text` as character data or attribute value: it cannot end either.
    static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // What XML has no characters for.
            case "\0"..<"\t", "\u{0B}", "\u{0C}", "\u{0E}"..<" ": result += "\u{FFFD}"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// A coordinate: hundredths are finer than anybody sees.
    static func coordinate(_ value: Double) -> String {
        let text = String(format: "%.2f", value)
        return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
    }

    /// A table whose first column names its rows; the swarm's stands out.
    static func table(_ header: [String], _ rows: [[String]], caption: String = "") -> String {
        var text = "<div class=\"scroll\"><table>"
        if !caption.isEmpty { text += "<caption>\(escaped(caption))</caption>" }
        text += "<thead><tr>" + header.map { "<th scope=\"col\">\(escaped($0))</th>" }.joined() + "</tr></thead><tbody>"
        for row in rows {
            text += row.first == "swarm" ? "<tr class=\"own\">" : "<tr>"
            for (column, cell) in row.enumerated() {
                text += column == 0 ? "<th scope=\"row\">\(escaped(cell))</th>" : "<td>\(escaped(cell))</td>"
            }
            text += "</tr>"
        }
        return text + "</tbody></table></div>\n"
    }
}
