internal import Foundation
internal import SwarmComposition
internal import SwarmEvaluation
internal import SwarmKernels
internal import SwarmModels

/// Several language models as one: the library's view of what `tokenswarm generate` and `tokenswarm score` do.
///
///     let model = try ComposedModel(contentsOf: "runs/demo")
///     let text = try model.generate("Once upon a time", options: .init(maxTokens: 40, temperature: 0.8, seed: 7))
///
/// Weights are mapped and shared; every call works on sessions of its own, so one value serves many threads.
public struct ComposedModel: Sendable {
    private let composition: Composition
    /// The mixing weights in the members' order; need not sum to 1.
    public let weights: [Double]
    /// Threads that one call computes with. Results do not depend on it.
    public var threadCount = ProcessInfo.processInfo.activeProcessorCount

    /// The members' names, in order.
    public var memberNames: [String] { composition.members.map(\.name) }

    /// Opens a recipe (YAML) or a run folder with its best weights.
    /// - Parameter checksTensors: look for NaN and infinity in the weights of models that are opened for the first time;
    ///   files that passed are remembered in `$XDG_CACHE_HOME/tokenswarm`.
    /// - Throws: an error that names the file and the field, what was found and what was expected.
    public init(contentsOf path: String, checksTensors: Bool = true) throws {
        try self.init(RunFolder(path: path).bestRecipe(), checksTensors: checksTensors)
    }

    /// Opens models by path: GGUF files or Hugging Face folders.
    /// - Parameters:
    ///   - members: unique names, and weights that do not sum to zero.
    ///   - checksTensors: look for NaN and infinity in the weights of models that are opened for the first time; files
    ///     that passed are remembered in `$XDG_CACHE_HOME/tokenswarm`.
    /// - Throws: an error that names the file and the field, what was found and what was expected.
    public init(members: [(name: String, path: String, weight: Double)], checksTensors: Bool = true) throws {
        try self.init(
            Recipe(
                name: "library",
                members: members.map { MemberSpec(name: $0.name, path: $0.path, weight: $0.weight) }),
            checksTensors: checksTensors)
    }

    private init(_ recipe: Recipe, checksTensors: Bool) throws {
        try checkInstructionSet()
        composition = try recipe.composition(check: checksTensors ? .remembered : .never)
        weights = recipe.weights
    }

    /// How text is generated.
    public struct Options: Sendable {
        /// Tokens at most.
        public var maxTokens: Int
        /// 0 is greedy.
        public var temperature: Double
        /// Sample among the k likeliest; 0 keeps all.
        public var topK: Int
        /// Sample among the likeliest whose probabilities sum to this, in (0, 1].
        public var topP: Double
        /// Same seed, same text.
        public var seed: UInt64
        /// Strings that end the text and are no part of it.
        public var stop: [String]

        /// Greedy by default.
        public init(
            maxTokens: Int = 64, temperature: Double = 0, topK: Int = 0, topP: Double = 1, seed: UInt64 = 0,
            stop: [String] = []
        ) {
            self.maxTokens = maxTokens
            self.temperature = temperature
            self.topK = topK
            self.topP = topP
            self.seed = seed
            self.stop = stop
        }
    }

    /// Continues `prompt`.
    /// - Parameter onText: called with each piece as it comes, in complete UTF-8; what it throws ends generation.
    /// - Returns: the whole continuation, without the prompt.
    /// - Throws: an error that names the setting or the member.
    public func generate(
        _ prompt: String, options: Options = Options(), onText: (String) throws -> Void = { _ in }
    ) throws -> String {
        let engine = DecodingEngine(composition: composition, pool: ThreadPool(threadCount: threadCount))
        let settings = GenerationOptions(
            maxTokens: options.maxTokens,
            sampling: SamplerSettings(
                temperature: options.temperature, topK: options.topK, topP: options.topP, seed: options.seed),
            stop: options.stop.map { Array($0.utf8) })
        let generated = try engine.generate(prompt: Array(prompt.utf8), weights: weights, options: settings) {
            try onText(String(decoding: $0, as: UTF8.self))
        }
        return String(decoding: generated.text, as: UTF8.self)
    }

    /// Bits per byte of `text`, −log₂ P(text) / bytes, for the composition and for each member alone.
    /// - Returns: infinity where a model cannot write the text at all.
    /// - Throws: an error that names the member; for an empty text.
    public func bitsPerByte(of text: String) throws -> (composition: Double, members: [Double]) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else {
            throw EvaluationError.badSetting(name: "text", found: "no bytes", expected: "at least one")
        }
        let bits = try composition.bitsPerByte(
            of: bytes, weights: weights, threads: ThreadPool(threadCount: threadCount))
        return (bits.composition, bits.members)
    }
}
