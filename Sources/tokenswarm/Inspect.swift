internal import ArgumentParser
internal import Foundation
internal import SwarmComposition
internal import SwarmEvaluation
internal import SwarmKernels
internal import SwarmModels
internal import SwarmTokenizers

/// `tokenswarm inspect`
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a model's architecture, shapes, tokenizer and the memory it needs.",
        discussion: """
            PATH is a GGUF file, a Hugging Face folder, a recipe or a run folder: then each of its members, and what they \
            need together. A composition whose weights and KV caches do not fit the machine is refused before it runs.
            """)

    @Argument(help: "What to look at.", completion: .file())
    var path: String

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup var cacheTypes: CacheOptions

    @Flag(help: "Also read all weights and look for NaN and infinity among them.")
    var checkTensors = false

    /// What is known of one model.
    struct Description: Encodable {
        struct TokenizerSummary: Encodable {
            var kind: String
            var vocabularySize: Int
            var startToken: Int?
            var addsStartToken: Bool
            var endTokens: [Int]
            var digest: String

            enum CodingKeys: String, CodingKey {
                case kind
                case vocabularySize = "vocabulary_size"
                case startToken = "bos_token_id"
                case addsStartToken = "add_bos_token"
                case endTokens = "eos_token_ids"
                case digest
            }
        }

        struct Memory: Encodable {
            var weights: Int
            var cachePerToken: Int
            var total: Int
            /// What the machine has; said of compositions.
            var available: Int?

            enum CodingKeys: String, CodingKey {
                case weights
                case cachePerToken = "kv_cache_per_token"
                case total, available
            }
        }

        var name: String
        var path: String
        var format: String
        var architecture: String
        var parameters: Int
        var layers: Int
        var hiddenSize: Int
        var heads: Int
        var keyValueHeads: Int
        var vocabularySize: Int
        var contextLength: Int
        var types: [String: Int]
        var tokenizer: TokenizerSummary
        /// Bytes.
        var memory: Memory

        enum CodingKeys: String, CodingKey {
            case name, path, format, architecture, parameters, layers
            case hiddenSize = "hidden_size"
            case heads
            case keyValueHeads = "kv_heads"
            case vocabularySize = "vocabulary_size"
            case contextLength = "context_length"
            case types, tokenizer, memory
        }

        init(name: String, checkpoint: Checkpoint) {
            let summary = checkpoint.model.summary
            let tokenizer = checkpoint.tokenizer
            self.name = name
            path = checkpoint.path
            format = checkpoint.format
            architecture = summary.architecture
            parameters = summary.parameters
            layers = summary.layers
            hiddenSize = summary.hiddenSize
            heads = summary.heads
            keyValueHeads = summary.keyValueHeads
            vocabularySize = summary.vocabularySize
            contextLength = summary.contextLength
            types = summary.types
            self.tokenizer = TokenizerSummary(
                kind: tokenizer.kind, vocabularySize: tokenizer.vocabularySize,
                startToken: tokenizer.startToken?.index, addsStartToken: tokenizer.addsStartToken,
                endTokens: tokenizer.endTokens.map(\.index), digest: tokenizer.digest)
            memory = Memory(
                weights: summary.weightBytes, cachePerToken: summary.cacheBytesPerToken,
                total: summary.weightBytes
                    + min(summary.cacheBytesPerToken * summary.contextLength, summary.cacheLimit ?? .max))
        }
    }

    /// A recipe's or run's members.
    private struct Output: Encodable {
        var members: [Description]
        /// Bytes, all windows full.
        var memory: Description.Memory
    }

    func run() throws {
        try Failure.require(path, as: "model, recipe or run folder")
        let cache = cacheTypes.types
        let opened = try members().map { member in
            (
                name: member.name,
                checkpoint: try Checkpoint.open(
                    member.path, check: checkTensors ? .always : .never, cache: cache)
            )
        }
        let models = opened.map { Description(name: $0.name, checkpoint: $0.checkpoint) }
        let need = MemoryNeed(
            opened.map { Member(name: $0.name, model: $0.checkpoint.model, tokenizer: $0.checkpoint.tokenizer) })
        let sums = Description.Memory(
            weights: need.parts.reduce(0) { $0 + $1.weights },
            cachePerToken: models.reduce(0) { $0 + $1.memory.cachePerToken }, total: need.total,
            available: ProcessMemory.availableCount)
        if json {
            if let model = models.first, models.count == 1 {
                try StandardOutput.write(json: model)
            } else {
                try StandardOutput.write(json: Output(members: models, memory: sums))
            }
        } else {
            for model in models { StandardOutput.write(Self.text(model)) }
            if models.count > 1 { StandardOutput.write(Self.text(sums)) }
        }
    }

    private static func text(_ need: Description.Memory) -> String {
        let available = need.available ?? 0
        let verdict =
            need.weights > available
            ? "too large" : need.total > available ? "fits with windows that are not full" : "fits"
        return """
            together
              weights   \(MemoryError.text(need.weights))
              KV cache  \(MemoryError.text(need.cachePerToken)) a token, all windows full \
            \(MemoryError.text(need.total - need.weights))
              machine   \(MemoryError.text(available)): \(verdict)

            """
    }

    /// The models at `path`: itself, or the members of the recipe or run.
    private func members() throws -> [MemberSpec] {
        let lower = path.lowercased()
        let isRecipe = lower.hasSuffix(".yaml") || lower.hasSuffix(".yml")
        let isRun = ["best.yaml", "recipe.yaml"].contains {
            FileManager.default.fileExists(atPath: path + "/" + $0)
        }
        guard isRecipe || isRun else {
            return [MemberSpec(name: Recipe.defaultMemberName(path), path: path, weight: 1)]
        }
        let members = try SourceOptions.read(path).members
        for member in members { try Failure.require(member.path, as: "member \(member.name)") }
        return members
    }

    private static func text(_ model: Description) -> String {
        let types = model.types.sorted { $0.value > $1.value }.map { "\($0.key) \(count($0.value))" }
        let rows = [
            ("path", model.path),
            ("architecture", "\(model.architecture) (\(model.format))"),
            ("parameters", "\(count(model.parameters)) (\(types.joined(separator: ", ")))"),
            (
                "shape",
                "\(model.layers) layers × \(model.hiddenSize), \(model.heads) heads, \(model.keyValueHeads) KV heads"
            ),
            ("vocabulary", "\(model.vocabularySize) logits, \(model.tokenizer.vocabularySize) tokens"),
            ("context length", "\(model.contextLength) tokens"),
            ("tokenizer", model.tokenizer.kind),
            (
                "memory",
                "\(MemoryError.text(model.memory.total)): weights \(MemoryError.text(model.memory.weights)), "
                    + "KV cache \(MemoryError.text(model.memory.cachePerToken)) a token"
            ),
        ]
        let width = rows.map(\.0.count).max() ?? 0
        return model.name + "\n"
            + rows.map { "  \($0.0.padding(toLength: width, withPad: " ", startingAt: 0))  \($0.1)\n" }.joined()
    }

    private static func count(_ value: Int) -> String {
        switch value {
        case 1_000_000_000...: String(format: "%.2fB", Double(value) / 1e9)
        case 1_000_000...: String(format: "%.2fM", Double(value) / 1e6)
        case 1_000...: String(format: "%.1fk", Double(value) / 1e3)
        default: "\(value)"
        }
    }
}
