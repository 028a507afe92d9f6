internal import SwarmFormats
package import SwarmKernels

/// Everything in which decoders differ, as data. An architecture is a function from settings to one of these.
package struct DecoderSpec: Sendable {
    // Sizes.
    package var architecture: String
    package var vocabularySize: Int
    package var contextLength: Int
    package var layers: Int
    package var hiddenSize: Int
    package var heads: Int
    package var keyValueHeads: Int
    package var headWidth: Int
    package var feedForwardSize: Int

    // Embedding.
    /// What embeddings are multiplied by (Gemma: √hidden).
    package var embeddingScale: Float = 1
    /// Learned positions are added to embeddings (GPT-2).
    package var learnedPositions = false

    // Norms.
    package var norm = Norm.Kind.rms
    package var normEpsilon: Float = 1e-5
    package var normHasBias = false
    /// The file keeps w − 1 (Gemma in Hugging Face form).
    package var normAddsOne = false
    /// Norms before attention and before the feed-forward layer.
    package var inputNorms = true
    /// Norms after each, before they are added to the residual.
    package var outputNorms = false
    /// Attention and feed-forward layer read the same residual.
    package var parallel = Parallel.no
    package var queryKeyNorm = QueryKeyNorm.none

    // Attention.
    package var projection = Projection.separate
    package var attentionScale: Float
    /// Soft cap of attention scores; 0 for none.
    package var attentionCap: Float = 0
    /// Scores fall with a key's distance, by a slope of each head's own; as Falcon has it.
    package var hasALiBi = false
    /// One entry a layer.
    package var attention: [LayerAttention]
    /// The kinds of rotation that layers choose from.
    package var rotaries: [Rotary] = []
    /// Contexts longer than this are read with `longRotaries` from their first token on (longrope); nil for none.
    package var shortContext: Int?
    package var longRotaries: [Rotary] = []
    package var queryKeyValueBias = Bias.absent
    package var outputBias = Bias.absent

    // Feed-forward layer.
    package var activation = Activation.silu
    package var feedForward = FeedForward.gated
    package var feedForwardBias = Bias.absent
    package var experts: Experts?

    // Head.
    package var tiedHead = false
    package var headBias = Bias.ifPresent
    /// Soft cap of logits; 0 for none.
    package var logitCap: Float = 0

    package var names: TensorNames
    /// Matrices are stored [in × out] (GPT-2 in Hugging Face form).
    package var transposed = false

    package enum Parallel: Sendable { case no, oneNorm, twoNorms }

    package enum QueryKeyNorm: Sendable {
        case none
        /// One weight [head width] for all heads (Qwen3, Gemma 3).
        case perHead
        /// One weight over all heads together (OLMo 2).
        case whole
        /// A layer norm without bias of its own for every head (StableLM 2 12B); only with separate projections.
        case eachHead
    }

    /// How queries, keys and values are projected.
    package enum Projection: Sendable {
        /// Three matrices.
        case separate
        /// One matrix: all queries, all keys, all values (GPT-2, Phi-3).
        case fused
        /// One matrix: for each key-value head its queries, its key, its value (GPT-NeoX, Falcon).
        case fusedByGroup
    }

    package enum FeedForward: Sendable {
        /// down(f(up x))
        case plain
        /// down(f(gate x) · up x)
        case gated
        /// The same, gate and up in one matrix (Phi-3).
        case gatedFused
    }

    package enum Bias: Sendable { case absent, required, ifPresent }

    /// One layer's attention.
    package struct LayerAttention: Sendable, Equatable {
        /// How many of the last tokens are seen, the current one included; nil for all.
        package var window: Int?
        /// Which of `rotaries` turns queries and keys; nil for none.
        package var rotary: Int?

        package init(window: Int? = nil, rotary: Int? = 0) {
            self.window = window
            self.rotary = rotary
        }
    }

    /// A mixture of experts in place of the feed-forward layer.
    package struct Experts: Sendable {
        package var count: Int
        package var perToken: Int
        package var size: Int
        /// The chosen experts' probabilities are divided by their sum.
        package var normalized: Bool
    }

    /// The sizes that most architectures name alike, checked; everything else at its default.
    package init(_ s: ModelSettings, names: SizeNames = SizeNames()) throws(ModelError) {
        architecture = s.architecture
        self.names = s.isGGUF ? .gguf : TensorNames()
        layers = try s.integer(names.layers, gguf: "block_count", in: 1...1024)
        hiddenSize = try s.integer(names.hidden, gguf: "embedding_length", in: 1...1 << 18)
        heads = try s.integer(names.heads, gguf: "attention.head_count", in: 1...4096)
        keyValueHeads = try s.integer(
            names.keyValueHeads, gguf: "attention.head_count_kv", in: 1...4096, default: heads)
        contextLength = try s.integer(names.context, gguf: "context_length", in: 1...1 << 24)
        feedForwardSize = try s.integer(
            names.feedForward, gguf: "feed_forward_length", in: 1...1 << 20, default: 4 * hiddenSize)
        if s.isGGUF {
            guard let embedding = s.tensors[self.names.embedding + ".weight"], embedding.info.shape.count == 2 else {
                throw .badFile(
                    path: s.path, field: "tensor " + self.names.embedding + ".weight", found: "none",
                    expected: "a matrix [vocabulary, \(hiddenSize)]")
            }
            vocabularySize = embedding.info.shape[0]
            guard vocabularySize <= 1 << 22 else {
                throw s.wrong("vocab_size", "vocab_size", "\(vocabularySize)", "at most \(1 << 22)")
            }
        } else {
            vocabularySize = try s.integer(names.vocabulary, in: 1...1 << 22)
        }
        if !s.has("head_dim", gguf: "attention.key_length"), hiddenSize % heads != 0 {
            throw s.wrong(names.heads, "attention.head_count", "\(heads)", "a divisor of the width \(hiddenSize)")
        }
        headWidth = try s.integer(
            "head_dim", gguf: "attention.key_length", in: 1...4096, default: max(1, hiddenSize / heads))
        guard heads % keyValueHeads == 0 else {
            throw s.wrong(
                names.keyValueHeads, "attention.head_count_kv", "\(keyValueHeads)", "a divisor of the \(heads) heads")
        }
        attentionScale = 1 / Float(headWidth).squareRoot()
        attention = [LayerAttention](repeating: LayerAttention(), count: layers)
    }

    /// What config.json calls the sizes.
    package struct SizeNames: Sendable {
        package var layers = "num_hidden_layers"
        package var hidden = "hidden_size"
        package var heads = "num_attention_heads"
        package var keyValueHeads = "num_key_value_heads"
        package var context = "max_position_embeddings"
        package var feedForward = "intermediate_size"
        package var vocabulary = "vocab_size"
    }

    /// The function config.json names.
    package static func activation(_ s: ModelSettings, _ name: String, default fallback: String) throws(ModelError)
        -> Activation
    {
        let known: [String: Activation] = [
            "silu": .silu, "swish": .silu, "gelu": .gelu, "gelu_new": .geluTanh, "gelu_fast": .geluTanh,
            "gelu_pytorch_tanh": .geluTanh, "relu": .relu, "relu2": .reluSquared,
        ]
        let found = try s.text(name, default: fallback)
        guard let activation = known[found] else {
            throw s.wrong(name, nil, found, "one of " + known.keys.sorted().joined(separator: ", "))
        }
        return activation
    }

    /// The norm's ε, finite and positive.
    package static func epsilon(_ s: ModelSettings, _ name: String, gguf key: String, default fallback: Double? = nil)
        throws(ModelError) -> Float
    {
        Float(try s.number(name, gguf: "attention." + key, in: 0...1, default: fallback))
    }
}
