/// A task of a recipe: what is measured, on which examples.
///
/// `id` is optional in every kind of line (the line's number serves), fields that are not named below are ignored.
package struct TaskSpec: Sendable, Codable, Equatable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// Held-out text, scored in bits per byte (lower is better). Lines: `{"id", "domain"?, "text"}`.
        case text
        /// Multiple choice, scored in accuracy. Lines: `{"id", "domain"?, "prompt", "choices": […], "answer": index}`.
        case choice
        /// Short answers, generated and graded by exact match. Lines: `{"id", "domain"?, "prompt", "answer"}` or
        /// `"answers": […]` when several are right.
        case generate
    }

    package var name: String
    package var kind: Kind
    /// Path of the development split, JSON Lines; searched on.
    package var dev: String
    /// Path of the test split; only reported on.
    package var test: String
    /// The task's share of the utility; at least 0.
    package var weight: Double
    /// `generate`: tokens at most.
    package var maxTokens: Int
    /// `generate`: strings that end an answer.
    package var stop: [String]

    package init(
        name: String, kind: Kind, dev: String, test: String, weight: Double = 1, maxTokens: Int = 32,
        stop: [String] = ["\n"]
    ) {
        self.name = name
        self.kind = kind
        self.dev = dev
        self.test = test
        self.weight = weight
        self.maxTokens = maxTokens
        self.stop = stop
    }
}
