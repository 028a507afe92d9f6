internal import SwarmFormats
internal import SwarmKernels

/// A decoder's weights, layer by layer, as `DecoderSpec` says they are.
struct DecoderWeights: Sendable {
    let embedding: LinearWeights
    let positions: LinearWeights?
    let layers: [Layer]
    let finalNorm: Norm
    let head: LinearWeights

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
                try Layer(spec, names, loader, prefix: prefix + names.layer.replacing("#", with: String(number))))
        }
        self.layers = layers
        finalNorm = try loader.norm(spec, prefix + names.finalNorm)
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
}
