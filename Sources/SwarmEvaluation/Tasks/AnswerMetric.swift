internal import Foundation
internal import SwarmTokenizers

/// Scores generated answers against the right ones. An answer counts as a whole: it is never searched for a right one,
/// so "Answer: B" is neither A nor, without `extract`, B.
package struct AnswerMetric: Grader {
    private let metric: TaskSpec.Metric
    private let settings: AnswerSettings
    private let expression: RegularExpression?

    /// - Throws: `EvaluationError.badSetting` for an expression that does not compile.
    package init(_ task: TaskSpec) throws(EvaluationError) {
        metric = task.metric
        settings = task.answer
        expression = try task.answer.extract.map { (pattern) throws(EvaluationError) in
            try Self.compiled(pattern, task: task.name)
        }
    }

    private static func compiled(_ pattern: String, task: String) throws(EvaluationError) -> RegularExpression {
        let (expression, problem) = RegularExpression.compile(pattern)
        guard let expression else {
            throw .badSetting(name: "extract of task \(task)", found: problem, expected: "a regular expression")
        }
        return expression
    }

    package func scores(of responses: [Response], control: RunControl) throws -> [Double] {
        try responses.map { response in
            guard case .generate(_, let answers) = response.example.content,
                let text = try extracted(response.text)
            else { return 0 }
            return answers.map { score(text, against: String(decoding: $0, as: UTF8.self)) }.max() ?? 0
        }
    }

    /// What `extract` finds in `response`; the whole text without one, nil where it finds nothing.
    func extracted(_ response: [UInt8]) throws(EvaluationError) -> String? {
        guard let expression else { return String(decoding: response, as: UTF8.self) }
        guard let found = expression.found(in: response) else {
            throw .badSetting(
                name: "extract", found: "\"\(expression.pattern)\", which takes too many steps on a generated answer",
                expected: "an expression without nested repetition")
        }
        let whole = found.compactMap { $0.group ?? $0.match }.filter { Self.isWhole($0, in: response) }
        guard let range = settings.takesLastMatch ? whole.last : whole.first else { return nil }
        return String(decoding: response[range], as: UTF8.self)
    }

    /// Whether `range` cuts no run of letters and no run of digits.
    private static func isWhole(_ range: Range<Int>, in text: [UInt8]) -> Bool {
        guard !range.isEmpty else { return true }
        func cuts(_ before: Character?, _ after: Character?) -> Bool {
            guard let before, let after else { return false }
            return (before.isLetter && after.isLetter) || (before.isNumber && after.isNumber)
        }
        let inside = String(decoding: text[range], as: UTF8.self)
        return !cuts(String(decoding: text[..<range.lowerBound], as: UTF8.self).last, inside.first)
            && !cuts(inside.last, String(decoding: text[range.upperBound...], as: UTF8.self).first)
    }

    /// In [0, 1].
    private func score(_ answer: String, against right: String) -> Double {
        switch metric {
        case .numeric: Self.areEqualNumbers(answer, right) ? 1 : 0
        case .f1: Self.f1(answer, right)
        default: normalized(answer) == normalized(right) ? 1 : 0
        }
    }

    // MARK: Exact match

    /// White space at the ends removed and inside collapsed to one space, then one final full stop removed; case and
    /// punctuation as the settings say. Swift compares strings by canonical equivalence, so NFC and NFD spellings are
    /// equal.
    func normalized(_ answer: String) -> String {
        var answer = settings.ignoresCase ? answer.lowercased() : answer
        if settings.ignoresPunctuation { answer = Self.withoutPunctuation(answer) }
        return Self.collapsed(answer)
    }

    static func collapsed(_ answer: String) -> String {
        var words = answer.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if words.hasSuffix(".") { words.removeLast() }
        return words
    }

    private static func withoutPunctuation(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { scalar in
                    switch scalar {
                    case "!"..."/", ":"..."@", "["..."`", "{"..."~": false
                    default: true
                    }
                }))
    }

    // MARK: Numbers

    /// Whether both are numbers, and the same one up to 10⁻⁹ of its size.
    static func areEqualNumbers(_ a: String, _ b: String) -> Bool {
        guard let a = number(a), let b = number(b) else { return false }
        return a == b || abs(a - b) <= 1e-9 * max(abs(a), abs(b))
    }

    /// A whole text as a decimal number. A currency sign before it, a per cent sign or full stop after it and commas
    /// between groups of three digits are allowed; anything else, words among it, makes it no number.
    static func number(_ text: String) -> Double? {
        var rest = Substring(text.trimmingCharacters(in: .whitespacesAndNewlines))
        var sign = ""
        func takeSign() {
            guard sign.isEmpty, let first = rest.first, "+-−".contains(first) else { return }
            sign = first == "+" ? "+" : "-"
            rest.removeFirst()
        }
        takeSign()
        if let first = rest.unicodeScalars.first, first.properties.generalCategory == .currencySymbol {
            rest.removeFirst()
            takeSign()
        }
        if rest.last == "." { rest.removeLast() }
        if rest.last == "%" { rest.removeLast() }
        guard let digits = plainDigits(rest), let value = Double(sign + digits), value.isFinite else { return nil }
        return value
    }

    /// `text` without the commas between groups of three digits; nil unless it is digits with at most one point and one
    /// exponent.
    private static func plainDigits(_ text: Substring) -> String? {
        guard let expression = numberExpression, let found = expression.found(in: Array(text.utf8)),
            found.first?.match == 0..<text.utf8.count
        else { return nil }
        return text.filter { $0 != "," }
    }

    private static let numberExpression = RegularExpression.compile(
        #"\A(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?\z"#
    ).0

    // MARK: F1

    /// Harmonic mean of precision and recall over words in common (Rajpurkar et al. 2016, SQuAD): lower case, without
    /// ASCII punctuation and without the articles a, an, the.
    package static func f1(_ answer: String, _ right: String) -> Double {
        let (a, b) = (words(answer), words(right))
        guard !a.isEmpty, !b.isEmpty else { return a == b ? 1 : 0 }
        var left: [Substring: Int] = [:]
        for word in b { left[word, default: 0] += 1 }
        var common = 0
        for word in a where left[word, default: 0] > 0 {
            left[word, default: 0] -= 1
            common += 1
        }
        guard common > 0 else { return 0 }
        return 2 * Double(common) / Double(a.count + b.count)
    }

    private static func words(_ text: String) -> [Substring] {
        var bytes = Array(withoutPunctuation(text.lowercased()).utf8)
        for found in (articles?.found(in: bytes) ?? []).reversed() { bytes.replaceSubrange(found.match, with: [0x20]) }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    }

    private static let articles = RegularExpression.compile(#"\b(?:a|an|the)\b"#).0
}
