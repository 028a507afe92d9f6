/// A task of a recipe: what is measured, on which examples.
///
/// `id` is optional in every kind of line (the line's number serves), fields that are not named below are ignored. With
/// a template the prompt is what it makes of the line's fields, and `prompt` is a field like any other.
package struct TaskSpec: Sendable, Codable, Equatable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// Held-out text, scored in bits per byte (lower is better). Lines: `{"id", "domain"?, "text"}`.
        case text
        /// Multiple choice, scored in accuracy. Lines: `{"id", "domain"?, "prompt", "choices": […], "answer": index}`.
        case choice
        /// Generated answers, compared with the right ones. Lines: `{"id", "domain"?, "prompt", "answer"}` or
        /// `"answers": […]` when several are right.
        case generate
        /// Generated answers, scored by a program. Lines: `{"id", "domain"?, "prompt"}` and whatever the program needs.
        case command
        /// The same, scored by a server.
        case http

        /// Whether every composition has to write its own answers; the others are arithmetic on traces.
        package var isGenerated: Bool {
            switch self {
            case .text, .choice: false
            case .generate, .command, .http: true
            }
        }

        /// The metrics that tasks of this kind can have; the first is the default.
        package var metrics: [Metric] {
            switch self {
            case .text: [.bitsPerByte]
            case .choice: [.accuracy, .normalizedAccuracy]
            case .generate: [.exactMatch, .numeric, .f1]
            case .command, .http: [.score]
            }
        }
    }

    /// What is counted, under lm-evaluation-harness's names where it has one.
    package enum Metric: String, Sendable, Codable, CaseIterable {
        /// −log₂ P(text) / bytes.
        case bitsPerByte = "bits_per_byte"
        /// The likeliest choice is the right one.
        case accuracy = "acc"
        /// The same with log-probabilities divided by the choice's bytes.
        case normalizedAccuracy = "acc_norm"
        /// The answer is one of the right ones, both normalised (`AnswerMetric`).
        case exactMatch = "exact_match"
        /// The answer is the same number as one of the right ones.
        case numeric
        /// Words in common with the right answer, as SQuAD counts them.
        case f1
        /// Whatever the program or server says.
        case score

        package var higherIsBetter: Bool { self != .bitsPerByte }
    }

    package var name: String
    package var kind: Kind
    /// Path of the development split, JSON Lines; searched on.
    package var dev: String
    /// Path of the test split; only reported on.
    package var test: String
    /// The task's share of the utility; at least 0.
    package var weight: Double
    package var metric: Metric
    /// Jinja over a line's fields that makes the prompt; nil takes the field `prompt`.
    package var template: String?
    /// Other prompts for the same task, to see how much the scores depend on the wording; none, or at least five.
    package var templates: [String] = []
    /// `choice`: put before every choice.
    package var targetDelimiter = ""
    /// Generated answers: tokens at most.
    package var maxTokens: Int
    /// Generated answers: strings that end an answer.
    package var stop: [String]
    /// `generate`: how an answer is read.
    package var answer = AnswerSettings()
    /// `command`, `http`: who scores.
    package var grader = GraderSettings()

    package init(
        name: String, kind: Kind, dev: String, test: String, weight: Double = 1, metric: Metric? = nil,
        maxTokens: Int = 32, stop: [String] = ["\n"]
    ) {
        self.name = name
        self.kind = kind
        self.dev = dev
        self.test = test
        self.weight = weight
        self.metric = metric ?? kind.metrics[0]
        self.maxTokens = maxTokens
        self.stop = stop
    }

    /// Everything beside the examples that decides what a set of weights scores, in words for a digest.
    package var meaning: String {
        "\(kind.rawValue) \(weight) \(metric.rawValue)"
            + (kind.isGenerated ? " \(maxTokens) \(stop) \(answer) \(grader)" : "")
    }
}

/// How a generated answer is read before it is compared with the right ones.
package struct AnswerSettings: Sendable, Codable, Equatable {
    /// A regular expression (PCRE2) whose first group, or whole match where it has none, is the answer; nil takes the
    /// whole text. Only what is whole counts: a match that cuts a run of letters or of digits is passed over, so that
    /// `[A-D]` finds B and not A in "Answer: B".
    package var extract: String?
    /// Whether the last match is taken instead of the first.
    package var takesLastMatch = false
    package var ignoresCase = false
    /// Whether ASCII punctuation is left out.
    package var ignoresPunctuation = false

    package init() {}
}

/// Who scores the answers of `command` and `http` tasks.
package struct GraderSettings: Sendable, Codable, Equatable {
    /// The program and its arguments; no shell reads them.
    package var command: [String] = []
    /// Where the program runs.
    package var workingDirectory = "."
    /// Where answers are posted to.
    package var url = ""
    /// Seconds that one run of the program, or one request, may take.
    package var timeLimit = 60.0
    /// `http`: how often a request that failed is sent again.
    package var retries = 3
    /// `http`: answers a request.
    package var batchSize = 64

    package init() {}
}
