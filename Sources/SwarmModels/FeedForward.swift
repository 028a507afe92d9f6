internal import Foundation
internal import SwarmKernels

/// The layer after attention: one network, or the experts that a router picks for each token.
enum FeedForward: Sendable {
    case dense(DenseFeedForward)
    case experts(ExpertFeedForward)

    init(_ spec: DecoderSpec, _ names: TensorNames, _ loader: WeightLoader, prefix: String) throws(ModelError) {
        let hidden = spec.hiddenSize
        if let experts = spec.experts {
            var all: [DenseFeedForward] = []
            let gates = try loader.experts(
                prefix + names.expertGate, count: experts.count, rows: experts.size, columns: hidden)
            let ups = try loader.experts(
                prefix + names.expertUp, count: experts.count, rows: experts.size, columns: hidden)
            let downs = try loader.experts(
                prefix + names.expertDown, count: experts.count, rows: hidden, columns: experts.size)
            for number in 0..<experts.count {
                all.append(
                    DenseFeedForward(
                        inputs: [gates[number], ups[number]], down: downs[number], activation: spec.activation,
                        gated: true))
            }
            let router = try loader.linear(prefix + names.router, rows: experts.count, columns: hidden)
            self = .experts(ExpertFeedForward(router: router, experts: all, choice: experts))
            return
        }
        func linear(_ name: String, _ rows: Int, _ columns: Int) throws(ModelError) -> LinearWeights {
            try loader.linear(
                prefix + name, rows: rows, columns: columns, bias: spec.feedForwardBias, transposed: spec.transposed)
        }
        let size = spec.feedForwardSize
        let inputs =
            switch spec.feedForward {
            case .plain: [try linear(names.up, size, hidden)]
            case .gated: [try linear(names.gate, size, hidden), try linear(names.up, size, hidden)]
            case .gatedFused: [try linear(names.gateUp, 2 * size, hidden)]
            }
        self = .dense(
            DenseFeedForward(
                inputs: inputs, down: try linear(names.down, hidden, size), activation: spec.activation,
                gated: spec.feedForward != .plain))
    }

    /// The first `rows` rows of `x` through the layer, into `y`.
    func apply(_ x: FloatRows, rows: Int, into y: FloatRows, scratch: FeedForwardScratch, pool: ThreadPool) {
        switch self {
        case .dense(let network): network.apply(x, rows: rows, into: y, scratch: scratch, pool: pool)
        case .experts(let mixture): mixture.apply(x, rows: rows, into: y, scratch: scratch, pool: pool)
        }
    }
}

/// down(f(up x)), or down(f(gate x) · up x).
struct DenseFeedForward: Sendable {
    /// Up; or gate and up, as two matrices or one.
    let inputs: [LinearWeights]
    let down: LinearWeights
    let activation: Activation
    let gated: Bool

    func apply(_ x: FloatRows, rows: Int, into y: FloatRows, scratch: FeedForwardScratch, pool: ThreadPool) {
        let (wide, inner) = (scratch.wide, scratch.inner)
        LinearWeights.multiply(inputs, x, rows: rows, into: wide, pool: pool)
        if gated {
            activation.gate(wide, rows: rows, into: inner, pool: pool)
        } else {
            activation.apply(wide, rows: rows, into: inner, pool: pool)
        }
        down.multiply(inner, rows: rows, into: y, pool: pool)
    }
}

/// A mixture of experts: the router's best few for each token, their outputs weighted by its probabilities.
struct ExpertFeedForward: Sendable {
    let router: LinearWeights
    let experts: [DenseFeedForward]
    let choice: DecoderSpec.Experts

    /// Tokens are gathered by expert, so that an expert's weights are read once; a token's outputs are added in the
    /// experts' order, whatever else is in the batch.
    func apply(_ x: FloatRows, rows: Int, into y: FloatRows, scratch: FeedForwardScratch, pool: ThreadPool) {
        guard let routes = scratch.routes, let gathered = scratch.gathered, let results = scratch.results else {
            return
        }
        router.multiply(x, rows: rows, into: routes, pool: pool)
        var assigned = [[(row: Int, share: Float)]](repeating: [], count: experts.count)
        for row in 0..<rows {
            for (expert, share) in shares(routes[row: row]) { assigned[expert].append((row, share)) }
        }
        y.clear(rows: rows)
        for (expert, tokens) in zip(experts, assigned) where !tokens.isEmpty {
            for (index, token) in tokens.enumerated() { gathered.copyRow(token.row, of: x, to: index) }
            expert.apply(gathered, rows: tokens.count, into: results, scratch: scratch, pool: pool)
            for (index, token) in tokens.enumerated() {
                y.add(row: index, of: results, times: token.share, toRow: token.row)
            }
        }
    }

    /// The chosen experts and their shares for one row of router logits; ties go to the lower number.
    private func shares(_ logits: [Float]) -> [(expert: Int, share: Float)] {
        let total = logSumExp(logits[...])
        let best = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }.prefix(choice.perToken)
        var chosen = best.map { (expert: $0, share: Float(exp(Double(logits[$0]) - total))) }
        if choice.normalized {
            let sum = chosen.reduce(0) { $0 + $1.share }
            for index in chosen.indices { chosen[index].share /= sum }
        }
        return chosen
    }
}

/// Working memory of a feed-forward layer.
final class FeedForwardScratch {
    let wide: FloatRows
    let inner: FloatRows
    let routes: FloatRows?
    let gathered: FloatRows?
    let results: FloatRows?

    init(_ spec: DecoderSpec, rows: Int) {
        let size = spec.experts?.size ?? spec.feedForwardSize
        wide = FloatRows(rows: rows, columns: spec.feedForward == .plain ? size : 2 * size)
        inner = FloatRows(rows: rows, columns: size)
        routes = spec.experts.map { FloatRows(rows: rows, columns: $0.count) }
        gathered = spec.experts.map { _ in FloatRows(rows: rows, columns: spec.hiddenSize) }
        results = spec.experts.map { _ in FloatRows(rows: rows, columns: spec.hiddenSize) }
    }
}
