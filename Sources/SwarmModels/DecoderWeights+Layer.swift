internal import SwarmKernels

extension DecoderWeights {
    /// One layer's weights. A reference, so that passes go from layer to layer without counting references to every tensor.
    final class Layer: Sendable {
        let attentionNorm: Norm?
        /// Queries, keys and values, one after another; or one matrix for all.
        let projections: [LinearWeights]
        /// None, one, or one a head.
        let queryNorms: [Norm]
        let keyNorms: [Norm]
        let attentionOutput: LinearWeights
        let attentionOutputNorm: Norm?
        let feedForwardNorm: Norm?
        let feedForward: FeedForward
        let feedForwardOutputNorm: Norm?

        /// Finds, checks and maps the tensors whose names begin with `prefix`.
        init(
            _ spec: DecoderSpec, _ names: TensorNames, _ loader: WeightLoader, prefix: String
        ) throws(ModelError) {
            let hidden = spec.hiddenSize
            let queries = spec.heads * spec.headWidth
            let keys = spec.keyValueHeads * spec.headWidth
            func linear(_ name: String, _ rows: Int, _ columns: Int, _ bias: DecoderSpec.Bias) throws(ModelError)
                -> LinearWeights
            {
                try loader.linear(prefix + name, rows: rows, columns: columns, bias: bias, transposed: spec.transposed)
            }
            switch spec.projection {
            case .separate:
                projections = [
                    try linear(names.query, queries, hidden, spec.queryKeyValueBias),
                    try linear(names.key, keys, hidden, spec.queryKeyValueBias),
                    try linear(names.value, keys, hidden, spec.queryKeyValueBias),
                ]
            case .fused, .fusedByGroup:
                projections = [try linear(names.queryKeyValue, queries + 2 * keys, hidden, spec.queryKeyValueBias)]
            }
            func headNorms(_ name: String, heads: Int) throws(ModelError) -> [Norm] {
                let width = spec.headWidth
                switch spec.queryKeyNorm {
                case .none: return []
                case .perHead: return [try loader.norm(spec, prefix + name, width: width, kind: .rms)]
                case .whole: return [try loader.norm(spec, prefix + name, width: heads * width, kind: .rms)]
                case .eachHead:
                    var norms: [Norm] = []
                    if name.contains("@") {
                        for head in 0..<heads {
                            let name = prefix + name.replacing("@", with: String(head))
                            norms.append(try loader.norm(spec, name, width: width, kind: .layer))
                        }
                    } else {
                        let weights = try loader.numbers(prefix + name + ".weight", shape: [heads, width])
                        for head in 0..<heads {
                            let weight = Array(weights[head * width..<(head + 1) * width])
                            norms.append(Norm(kind: .layer, weight: weight, epsilon: spec.normEpsilon))
                        }
                    }
                    return norms
                }
            }
            func norm(_ name: String, if wanted: Bool) throws(ModelError) -> Norm? {
                wanted ? try loader.norm(spec, prefix + name) : nil
            }
            attentionNorm = try norm(names.attentionNorm, if: spec.inputNorms)
            queryNorms = try headNorms(names.queryNorm, heads: spec.heads)
            keyNorms = try headNorms(names.keyNorm, heads: spec.keyValueHeads)
            attentionOutput = try linear(names.attentionOutput, hidden, queries, spec.outputBias)
            attentionOutputNorm = try norm(names.attentionOutputNorm, if: spec.outputNorms)
            feedForwardNorm = try norm(names.feedForwardNorm, if: spec.inputNorms && spec.parallel != .oneNorm)
            feedForward = try FeedForward(spec, names, loader, prefix: prefix)
            feedForwardOutputNorm = try norm(names.feedForwardOutputNorm, if: spec.outputNorms)
        }
    }
}

extension WeightLoader {
    /// The norm `name` of `width` numbers, the hidden size where none is given, of the kind that `spec` says or of `kind`.
    func norm(
        _ spec: DecoderSpec, _ name: String, width: Int? = nil, kind: Norm.Kind? = nil
    ) throws(ModelError) -> Norm {
        let width = width ?? spec.hiddenSize
        var weight = try vector(name + ".weight", count: width)
        if spec.normAddsOne { for index in weight.indices { weight[index] += 1 } }
        let bias = spec.normHasBias && kind == nil ? try vector(name + ".bias", count: width) : nil
        return Norm(kind: kind ?? spec.norm, weight: weight, bias: bias, epsilon: spec.normEpsilon)
    }
}
