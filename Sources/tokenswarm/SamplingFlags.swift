internal import ArgumentParser
internal import Foundation
internal import SwarmEvaluation
internal import SwarmModels

/// Flags of generation; each overrides the recipe's `generate` section.
struct SamplingFlags: ParsableArguments {
    @Option(name: [.customShort("n"), .long], parsing: .unconditional, help: "Tokens to generate at most.")
    var maxTokens: Int?

    @Option(name: [.long, .customLong("temp")], parsing: .unconditional, help: "Sampling temperature; 0 is greedy.")
    var temperature: Double?

    @Option(parsing: .unconditional, help: "Sample among the k likeliest; 0 keeps all.")
    var topK: Int?

    @Option(parsing: .unconditional, help: "Sample among the likeliest whose probabilities sum to p.")
    var topP: Double?

    @Option(parsing: .unconditional, help: "Drop what is less likely than this share of the likeliest.")
    var minP: Double?

    @Option(parsing: .unconditional, help: "Divide the logits of what was already said by this; 1 is off.")
    var repetitionPenalty: Double?

    @Option(parsing: .unconditional, help: "Seed of sampling. Same seed, same text.")
    var seed: UInt64?

    @Option(help: "Stop before this text. Repeat for more.")
    var stop: [String] = []

    private static let maxTokensRange = 1...1_000_000
    private static let temperatureRange = 0.0...1000
    private static let topKRange = 0...Int(Int32.max)
    private static let shareRange = 0.0...1
    private static let penaltyRange = 0.001...1000

    func validate() throws {
        func check<T: Comparable>(_ name: String, _ value: T?, _ range: ClosedRange<T>) throws {
            if let value, !range.contains(value) {
                throw ValidationError("--\(name): found \(value), expected \(range.lowerBound) to \(range.upperBound)")
            }
        }
        try check("max-tokens", maxTokens, Self.maxTokensRange)
        try check("temperature", temperature, Self.temperatureRange)
        try check("top-k", topK, Self.topKRange)
        try check("top-p", topP, Self.shareRange)
        try check("min-p", minP, Self.shareRange)
        try check("repetition-penalty", repetitionPenalty, Self.penaltyRange)
    }

    /// Puts what the member's makers want, the environment and the flags over the recipe's settings, each where nothing
    /// above it has said anything.
    /// - Throws: `Failure.usage` for an environment variable that is no such number; what reading the member's
    ///   generation_config.json throws.
    func apply(to settings: inout SettingsInForce) throws {
        if let member = settings.onlyMember, let config = try GenerationConfig.read(member.path) {
            settings.apply(config)
        }
        func put<Value: LosslessStringConvertible & Comparable>(
            _ name: String, _ path: WritableKeyPath<Recipe, Value>, _ flag: Value?, _ range: ClosedRange<Value>
        ) throws {
            let key = name == "seed" ? name : "generate." + name
            let variable = "TOKENSWARM_" + name.uppercased()
            settings.set(
                key, path, to: try Environment.value(variable, in: range), from: .environment(variable))
            settings.set(
                key, path, to: flag, from: .flag("--" + name.replacingOccurrences(of: "_", with: "-")))
        }
        try put("max_tokens", \.generate.maxTokens, maxTokens, Self.maxTokensRange)
        try put("temperature", \.generate.temperature, temperature, Self.temperatureRange)
        try put("top_k", \.generate.topK, topK, Self.topKRange)
        try put("top_p", \.generate.topP, topP, Self.shareRange)
        try put("min_p", \.generate.minP, minP, Self.shareRange)
        try put("repetition_penalty", \.generate.repetitionPenalty, repetitionPenalty, Self.penaltyRange)
        try put("seed", \.seed, seed, 0 ... .max)
        settings.set("generate.stop", \.generate.stop, to: stop.isEmpty ? nil : stop, from: .flag("--stop"))
    }
}
