package import SwarmModels
package import SwarmTokenizers

/// A model that takes part in a composition, by name.
package struct Member: Sendable {
    package let name: String
    package let model: any LanguageModel
    package let tokenizer: Tokenizer

    package init(name: String, model: any LanguageModel, tokenizer: Tokenizer) {
        self.name = name
        self.model = model
        self.tokenizer = tokenizer
    }
}
