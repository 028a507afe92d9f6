internal import SwarmFormats
internal import SwarmKernels

/// A decoder's weights, layer by layer, as `DecoderSpec` says they are.
struct DecoderWeights: Sendable {
    let embedding: LinearWeights
    let positions: LinearWeights?
    let layers: [Layer]
    let finalNorm: Norm
    let head: LinearWeights

    struct Layer: Sendable {
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
    }

    /// Finds, checks and maps every tensor.
    init(_ spec: DecoderSpec, _ loader: WeightLoader) throws(ModelError) {
        let names = Self.names(spec.names, in: loader)
        let (hidden, prefix) = (spec.hiddenSize, names.prefix)
        embedding = try loader.linear(prefix + names.embedding, rows: spec.vocabularySize, columns: hidden)
        positions =
            spec.learnedPositions
            ? try loader.linear(prefix + names.positions, rows: spec.contextLength, columns: hidden) : nil
        var layers: [Layer] = []
        for number in 0..<spec.layers {
            layers.append(
                try Self.layer(spec, names, loader, prefix: prefix + names.layer.replacing("#", with: String(number))))
        }
        self.layers = layers
        finalNorm = try Self.norm(spec, loader, prefix + names.finalNorm)
        if spec.tiedHead {
            var head = embedding
            if spec.headBias != .absent, loader.has(names.head + ".bias") {
                head.bias = try loader.vector(names.head + ".bias", count: spec.vocabularySize)
            }
            self.head = head
        } else {
            head = try loader.linear(names.head, rows: spec.vocabularySize, columns: hidden, bias: spec.headBias)
        }
    }

    /// The names with the prefix that the file gives them: none where a model without head was saved, more of it where the
    /// model also reads images (two orders, by transformers' version).
    private static func names(_ names: TensorNames, in loader: WeightLoader) -> TensorNames {
        let text = "language_model."
        let forms = [
            (prefix: names.prefix, head: ""), (prefix: text + names.prefix, head: text),
            (prefix: names.prefix + text, head: ""), (prefix: "", head: ""),
        ]
        guard let form = forms.first(where: { loader.has($0.prefix + names.embedding + ".weight") }) else {
            return names
        }
        var result = names
        result.prefix = form.prefix
        result.head = form.head + names.head
        return result
    }

    private static func norm(
        _ spec: DecoderSpec, _ loader: WeightLoader, _ name: String, width: Int? = nil, kind: Norm.Kind? = nil
    ) throws(ModelError) -> Norm {
        let width = width ?? spec.hiddenSize
        var weight = try loader.vector(name + ".weight", count: width)
        if spec.normAddsOne { for index in weight.indices { weight[index] += 1 } }
        let bias = spec.normHasBias && kind == nil ? try loader.vector(name + ".bias", count: width) : nil
        return Norm(kind: kind ?? spec.norm, weight: weight, bias: bias, epsilon: spec.normEpsilon)
    }

    private static func layer(
        _ spec: DecoderSpec, _ names: TensorNames, _ loader: WeightLoader, prefix: String
    ) throws(ModelError) -> Layer {
        let hidden = spec.hiddenSize
        let queries = spec.heads * spec.headWidth
        let keys = spec.keyValueHeads * spec.headWidth
        func linear(_ name: String, _ rows: Int, _ columns: Int, _ bias: DecoderSpec.Bias) throws(ModelError)
            -> LinearWeights
        {
            try loader.linear(prefix + name, rows: rows, columns: columns, bias: bias, transposed: spec.transposed)
        }
        let projections: [LinearWeights]
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
            case .perHead: return [try Self.norm(spec, loader, prefix + name, width: width, kind: .rms)]
            case .whole: return [try Self.norm(spec, loader, prefix + name, width: heads * width, kind: .rms)]
            case .eachHead:
                var norms: [Norm] = []
                if name.contains("@") {
                    for head in 0..<heads {
                        let name = prefix + name.replacing("@", with: String(head))
                        norms.append(try Self.norm(spec, loader, name, width: width, kind: .layer))
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
            wanted ? try Self.norm(spec, loader, prefix + name) : nil
        }
        return Layer(
            attentionNorm: try norm(names.attentionNorm, if: spec.inputNorms),
            projections: projections,
            queryNorms: try headNorms(names.queryNorm, heads: spec.heads),
            keyNorms: try headNorms(names.keyNorm, heads: spec.keyValueHeads),
            attentionOutput: try linear(names.attentionOutput, hidden, queries, spec.outputBias),
            attentionOutputNorm: try norm(names.attentionOutputNorm, if: spec.outputNorms),
            feedForwardNorm: try norm(names.feedForwardNorm, if: spec.inputNorms && spec.parallel != .oneNorm),
            feedForward: try FeedForward(spec, names, loader, prefix: prefix),
            feedForwardOutputNorm: try norm(names.feedForwardOutputNorm, if: spec.outputNorms))
    }
}
