internal import ArgumentParser
internal import SwarmEvaluation

/// Flags of generation; each overrides the recipe's `generate` section.
struct SamplingFlags: ParsableArguments {
    @Option(name: [.customShort("n"), .long], help: "Tokens to generate at most.")
    var maxTokens: Int?

    @Option(help: "Sampling temperature; 0 is greedy.")
    var temperature: Double?

    @Option(help: "Sample among the k likeliest; 0 keeps all.")
    var topK: Int?

    @Option(help: "Sample among the likeliest whose probabilities sum to p.")
    var topP: Double?

    @Option(help: "Drop what is less likely than this share of the likeliest.")
    var minP: Double?

    @Option(help: "Divide the logits of what was already said by this; 1 is off.")
    var repetitionPenalty: Double?

    @Option(help: "Seed of sampling. Same seed, same text.")
    var seed: UInt64?

    @Option(help: "Stop before this text. Repeat for more.")
    var stop: [String] = []

    func validate() throws {
        func check<T: Comparable>(_ name: String, _ value: T?, _ range: ClosedRange<T>) throws {
            if let value, !range.contains(value) {
                throw ValidationError("--\(name): found \(value), expected \(range.lowerBound) to \(range.upperBound)")
            }
        }
        try check("max-tokens", maxTokens, 1...1_000_000)
        try check("temperature", temperature, 0...1000)
        try check("top-k", topK, 0...Int(Int32.max))
        try check("top-p", topP, 0...1)
        try check("min-p", minP, 0...1)
        try check("repetition-penalty", repetitionPenalty, 0.001...1000)
    }

    /// Puts the flags over `recipe`'s settings.
    func apply(to recipe: inout Recipe) {
        if let maxTokens { recipe.generate.maxTokens = maxTokens }
        if let temperature { recipe.generate.temperature = temperature }
        if let topK { recipe.generate.topK = topK }
        if let topP { recipe.generate.topP = topP }
        if let minP { recipe.generate.minP = minP }
        if let repetitionPenalty { recipe.generate.repetitionPenalty = repetitionPenalty }
        if let seed { recipe.seed = seed }
        if !stop.isEmpty { recipe.generate.stop = stop }
    }
}
