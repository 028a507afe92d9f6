package import SwarmKernels
package import SwarmTokenizers

/// Immutable weights that say what comes next. Sessions do the work.
package protocol LanguageModel: Sendable {
    /// The length of a logits row; rows past the tokenizer's vocabulary are padding and −∞.
    var vocabularySize: Int { get }
    /// The longest context in tokens.
    var contextLength: Int { get }
    /// What `inspect` shows.
    var summary: ModelSummary { get }
    /// A session with room for `capacity` evaluated tokens alive at once, working on `pool`. One that there is no memory
    /// for says so at its first evaluation.
    func makeSession(capacity: Int, pool: ThreadPool) -> any ModelSession
}

/// A node of a session's token tree: a context, named by its last token. The root is the empty context.
package struct ContextNode: Hashable, Sendable {
    package let index: Int32

    package init(index: Int32) { self.index = index }
}

/// A token to evaluate after a context.
package struct PendingToken: Sendable {
    /// Where a token hangs: an evaluated node, or an earlier element of the same batch.
    package enum Parent: Sendable, Equatable {
        case node(ContextNode)
        case earlier(Int)
    }

    package var parent: Parent
    package var token: TokenID
    /// Whether the logits after this token are wanted.
    package var needsLogits: Bool

    package init(parent: Parent, token: TokenID, needsLogits: Bool) {
        self.parent = parent
        self.token = token
        self.needsLogits = needsLogits
    }
}

/// What one pass gives.
package struct Evaluated: Sendable {
    /// One node a batch element, in order.
    package var nodes: [ContextNode]
    /// Rows of logits [requested × vocabulary], in the order of the elements with `needsLogits`.
    package var logits: [Float]

    package init(nodes: [ContextNode], logits: [Float]) {
        self.nodes = nodes
        self.logits = logits
    }
}

/// A token tree with its KV cache. Lives on one thread.
///
/// The same tokens on the same path give the same bits, whatever the batches they were evaluated in, the rows they lie
/// in, and the number of threads.
package protocol ModelSession: AnyObject {
    /// The empty context. It has no logits: evaluate a token after it.
    var root: ContextNode { get }
    /// Evaluates `batch` in one pass.
    /// - Throws: `ModelError` when the session is full or has no memory, the context is too long, or a token outside the
    ///   vocabulary.
    func evaluate(_ batch: [PendingToken]) throws(ModelError) -> Evaluated
    /// Forgets `nodes`; their children must be forgotten before or with them.
    func release(_ nodes: some Sequence<ContextNode>)
}

/// Facts about a model for people and for `inspect --json`.
package struct ModelSummary: Sendable, Codable {
    /// The architecture's name in config.json or GGUF: `llama`, `gpt2`, …
    package var architecture: String
    package var parameters: Int
    package var layers: Int
    package var hiddenSize: Int
    package var heads: Int
    package var keyValueHeads: Int
    package var vocabularySize: Int
    package var contextLength: Int
    /// Stored types and how many parameters each holds, for example `["F16": 123]`.
    package var types: [String: Int]
    /// Bytes of weights as stored.
    package var weightBytes: Int
    /// Bytes of KV cache (or state) a token.
    package var cacheBytesPerToken: Int
    /// Bytes of states that a session keeps at most; nil where its cache grows with the context.
    package var cacheLimit: Int?
    /// How keys and values are stored.
    package var cache: CacheTypes

    package init(
        architecture: String, parameters: Int, layers: Int, hiddenSize: Int, heads: Int, keyValueHeads: Int,
        vocabularySize: Int, contextLength: Int, types: [String: Int], weightBytes: Int, cacheBytesPerToken: Int,
        cacheLimit: Int? = nil, cache: CacheTypes = CacheTypes()
    ) {
        self.cache = cache
        self.architecture = architecture
        self.parameters = parameters
        self.layers = layers
        self.hiddenSize = hiddenSize
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.vocabularySize = vocabularySize
        self.contextLength = contextLength
        self.types = types
        self.weightBytes = weightBytes
        self.cacheBytesPerToken = cacheBytesPerToken
        self.cacheLimit = cacheLimit
    }
}

/// What can go wrong with a model.
package enum ModelError: Error, Equatable, CustomStringConvertible {
    /// A file says something this program cannot use: `field` in `path`: found, expected.
    case badFile(path: String, field: String, found: String, expected: String)
    /// The session has no room left for `needed` more tokens.
    case sessionFull(capacity: Int, needed: Int)
    /// A context grew past what the model can read.
    case contextTooLong(limit: Int, length: Int)
    /// There is no memory for the KV cache or states of a session for `capacity` tokens: `needed` bytes, nil where they
    /// are too many to count, in a machine of `available`.
    case outOfMemory(capacity: Int, needed: Int?, available: Int)
    /// A token id outside the model's vocabulary.
    case tokenOutOfRange(token: Int, vocabularySize: Int)

    package var description: String {
        switch self {
        case .badFile(let path, let field, let found, let expected):
            "\(field), \(path): found \(found), expected \(expected)"
        case .sessionFull(let capacity, let needed):
            "session is full: \(needed) more tokens needed, capacity \(capacity)"
        case .contextTooLong(let limit, let length):
            "context too long: \(length) tokens, the model reads at most \(limit)"
        case .outOfMemory(let capacity, let needed, let available):
            "no memory for a session of \(capacity) tokens: "
                + (needed.map { "\($0) bytes of KV cache or states" } ?? "more bytes than can be counted")
                + ", the machine has \(available)"
        case .tokenOutOfRange(let token, let size):
            "token id \(token) is outside the model's vocabulary of \(size)"
        }
    }
}
