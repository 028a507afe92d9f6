internal import Foundation

/// Tables as comma-separated values.
package enum CSV {
    /// `rows`, a line each; fields that hold commas, quotes or line ends are quoted as RFC 4180 says.
    package static func text(_ rows: [[String]]) -> String {
        rows.map { $0.map(field).joined(separator: ",") + "\n" }.joined()
    }

    private static func field(_ text: String) -> String {
        text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
            ? "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : text
    }
}
