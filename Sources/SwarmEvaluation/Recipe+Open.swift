package import SwarmComposition
package import SwarmKernels
package import SwarmModels
package import SwarmTokenizers
package import SwarmVocabulary

extension Recipe {
    /// Opens every member, weights mapped.
    /// - Parameters:
    ///   - check: whether the weights are looked through for NaN and infinities.
    ///   - cache: how sessions store keys and values.
    /// - Throws: what `Checkpoint.open` throws, naming file and field.
    package func openMembers(check: TensorCheck = .always, cache: CacheTypes = CacheTypes()) throws -> [Member] {
        try members.map { spec in
            let checkpoint = try Checkpoint.open(spec.path, check: check, cache: cache)
            return Member(name: spec.name, model: checkpoint.model, tokenizer: checkpoint.tokenizer)
        }
    }

    /// Opens the members and aligns them; the weights in force are checked.
    /// - Throws: what opening, the map and `Composition` throw.
    package func composition(check: TensorCheck = .always, cache: CacheTypes = CacheTypes()) throws -> Composition {
        try composition(of: openMembers(check: check, cache: cache))
    }

    /// Aligns `opened`, this recipe's members.
    /// - Throws: what the map and `Composition` throw.
    package func composition(of opened: [Member]) throws -> Composition {
        let vocabulary = try vocabulary(for: opened.map { ($0.name, $0.tokenizer) })
        let composition = try Composition(members: opened, map: vocabulary, alignment: alignment, pool: pool)
        try composition.check(weights: weights)
        // Making the map took several times what is kept of it.
        ProcessMemory.returnUnused()
        return composition
    }

    /// Reads only the members' tokenizers.
    package func openTokenizers() throws -> [(name: String, tokenizer: Tokenizer)] {
        try members.map { ($0.name, try Tokenizer(path: $0.path)) }
    }

    /// The shared vocabulary of `members`: the recipe's map file where it names one, else built.
    /// - Throws: `VocabularyError` when the file is damaged or was made from other tokenizers.
    package func vocabulary(for members: [(name: String, tokenizer: Tokenizer)]) throws -> SharedVocabulary {
        if let map { return try VocabularyMapFile.read(map, for: members) }
        return try SharedVocabulary(members: members, normalization: alignment.normalization.ofKeys)
    }
}
