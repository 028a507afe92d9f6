package import SwarmKernels

/// What an architecture makes of a model's settings: everything that is known before the weights are looked up.
package protocol ModelPlan: Sendable {
    /// The model, its weights taken from `loader`, types and shapes checked.
    /// - Parameters:
    ///   - meaningfulLogits: the tokenizer's vocabulary, where the model's may be padded.
    ///   - cache: how keys and values are stored; recurrent models, whose state is small, keep it in floats.
    /// - Throws: `ModelError` naming file and tensor.
    func model(_ loader: WeightLoader, meaningfulLogits: Int?, cache: CacheTypes) throws(ModelError)
        -> any LanguageModel
}

extension DecoderSpec: ModelPlan {
    package func model(_ loader: WeightLoader, meaningfulLogits: Int?, cache: CacheTypes) throws(ModelError)
        -> any LanguageModel
    {
        try Decoder(self, loader, meaningfulLogits: meaningfulLogits, cache: cache)
    }
}
