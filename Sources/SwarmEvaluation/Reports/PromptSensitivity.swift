/// How much the scores on test depend on how the prompt is worded.
package struct PromptSensitivity: Codable, Sendable, Equatable {
    /// The wordings: the task's `templates`.
    package var templates: [String]
    /// Examples under each.
    package var n: Int
    /// The metric under each template, by system.
    package var scores: [String: [Double?]]
    /// Mean and standard deviation (of a sample, n − 1) over templates, by system.
    package var mean: [String: Double?]
    package var standardDeviation: [String: Double?]

    enum CodingKeys: String, CodingKey {
        case templates, n, scores, mean
        case standardDeviation = "standard_deviation"
    }

    package init(templates: [String], n: Int, scores: [String: [Double]]) {
        self.templates = templates
        self.n = n
        self.scores = scores.mapValues { $0.map(\.finite) }
        mean = scores.mapValues { Self.moments($0).mean.finite }
        standardDeviation = scores.mapValues { Self.moments($0).deviation.finite }
    }

    private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / Double(values.count - 1)).squareRoot())
    }
}
