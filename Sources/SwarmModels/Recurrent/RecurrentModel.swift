internal import SwarmFormats
package import SwarmKernels
internal import SwarmTokenizers

/// A recurrent family's layers. To add a family: a file beside this one with a plan, a network and a forward pass, and a
/// line in `Architectures`.
protocol RecurrentNetwork: Sendable {
    var architecture: String { get }
    var layers: Int { get }
    /// As people count them; 1 where the family has no heads.
    var heads: Int { get }
    var contextLength: Int { get }
    /// [vocabulary × hidden]
    var embedding: LinearWeights { get }
    /// [vocabulary × hidden]
    var head: LinearWeights { get }
    /// Floats of the state after one context, all layers together; zeros for the empty context.
    var stateWidth: Int { get }
    /// Working memory for up to `rows` tokens at once.
    func makeForward(rows: Int, pool: ThreadPool) -> any RecurrentForward
}

/// The layers at work on a few tokens.
protocol RecurrentForward: AnyObject {
    /// Takes the embeddings in the first `steps.count` rows of `x` through all layers and the final norm, in place, and
    /// each token's state from its context's to its own. A step may start from the state of one before it.
    func run(_ x: FloatRows, steps: [StateStep], states: FloatRows)
}

/// A model that reads its context once and keeps a state of fixed size, whatever its family.
package final class RecurrentModel: LanguageModel {
    package let summary: ModelSummary
    let network: any RecurrentNetwork
    /// Logits from here on belong to no token and are −∞.
    let meaningfulLogits: Int

    init(_ network: any RecurrentNetwork, _ loader: WeightLoader, meaningfulLogits: Int?) {
        self.network = network
        let vocabulary = network.head.rows
        self.meaningfulLogits = min(meaningfulLogits ?? vocabulary, vocabulary)
        let stateBytes = network.stateWidth * MemoryLayout<Float>.stride
        summary = ModelSummary(
            architecture: network.architecture, parameters: loader.parameters, layers: network.layers,
            hiddenSize: network.embedding.columns, heads: network.heads, keyValueHeads: network.heads,
            vocabularySize: vocabulary, contextLength: network.contextLength, types: loader.types,
            weightBytes: loader.bytes, cacheBytesPerToken: stateBytes,
            cacheLimit: max(RecurrentSession.stateBytes, RecurrentSession.fewestStates * stateBytes))
    }

    package var vocabularySize: Int { network.head.rows }
    package var contextLength: Int { network.contextLength }

    /// The context limit of families whose settings name none.
    static let longestContext = 1 << 20

    package func makeSession(capacity: Int, pool: ThreadPool) -> any ModelSession {
        let kept = RecurrentSession.stateBytes / max(1, summary.cacheBytesPerToken)
        return makeSession(capacity: capacity, states: kept, pool: pool)
    }

    /// A session that keeps the states of at most `states` contexts (a small number at least) and computes others again.
    package func makeSession(capacity: Int, states: Int, pool: ThreadPool) -> any ModelSession {
        do throws(ModelError) {
            return try RecurrentSession(self, capacity: max(1, capacity), states: states, pool: pool)
        } catch {
            return UnavailableSession(error)
        }
    }
}
