internal import Foundation
internal import SwarmFormats
package import SwarmKernels
package import SwarmTokenizers

/// A model on disk, opened: weights mapped, tokenizer read.
package struct Checkpoint: Sendable {
    /// The path given: a Hugging Face folder or a GGUF file.
    package let path: String
    /// `hf` or `gguf`.
    package let format: String
    package let model: any LanguageModel
    package let tokenizer: Tokenizer
    /// The files that make the model (weights, config, tokenizer), for digests.
    package let files: [String]

    package init(path: String, format: String, model: any LanguageModel, tokenizer: Tokenizer, files: [String]) {
        self.path = path
        self.format = format
        self.model = model
        self.tokenizer = tokenizer
        self.files = files
    }

    /// Opens the Hugging Face folder or GGUF file at `path`.
    /// - Parameters:
    ///   - check: whether the weights are looked through for NaN and infinities.
    ///   - cache: how sessions store keys and values.
    /// - Throws: `ModelError`, `TokenizerError` or `FileError`, each naming file and field.
    package static func open(
        _ path: String, check: TensorCheck = .always, cache: CacheTypes = CacheTypes()
    ) throws -> Checkpoint {
        let (model, tokenizer, files, isGGUF, loader) = try read(path, cache)
        // What was read of the metadata is gone only here.
        ProcessMemory.returnUnused()
        try check.run(loader.entries)
        return Checkpoint(path: path, format: isGGUF ? "gguf" : "hf", model: model, tokenizer: tokenizer, files: files)
    }

    private static func read(
        _ path: String, _ cache: CacheTypes
    ) throws -> (any LanguageModel, Tokenizer, [String], Bool, WeightLoader) {
        let (settings, files) = try settings(path)
        // Before the tokenizer, so that a model that cannot be read says so first.
        let plan = try Architectures.plan(settings)
        let tokenizer = try Tokenizer(path: path)
        // Metadata and vocabularies took several times what is kept of them.
        ProcessMemory.returnUnused()
        let loader = WeightLoader(settings.tensors)
        let model = try plan.model(loader, meaningfulLogits: tokenizer.vocabularySize, cache: cache)
        return (model, tokenizer, files, settings.isGGUF, loader)
    }

    /// Opens the model alone.
    /// - Parameters: as `open`'s.
    /// - Throws: `ModelError` or `FileError`, naming file and field.
    package static func openModel(
        _ path: String, check: TensorCheck = .always, cache: CacheTypes = CacheTypes()
    ) throws -> any LanguageModel {
        let (settings, _) = try settings(path)
        let loader = WeightLoader(settings.tensors)
        let model = try Architectures.plan(settings).model(
            loader, meaningfulLogits: nil, cache: cache)
        try check.run(loader.entries)
        return model
    }

    private static func settings(_ path: String) throws -> (ModelSettings, files: [String]) {
        do {
            guard isFolder(path) else {
                let file = try MappedFile(path: path)
                guard GGUFFile.isGGUF(file) else {
                    throw ModelError.badFile(
                        path: path, field: "file", found: "no GGUF magic", expected: "a GGUF file or a model folder")
                }
                let settings = try ModelSettings(GGUFShards(containing: file))
                return (settings, settings.tensors.files)
            }
            let folder = try ModelFolder(path: path)
            let tokenizerFiles = ["tokenizer.json", "tokenizer_config.json", "tokenizer.model"]
                .map { path + "/" + $0 }.filter { FileManager.default.fileExists(atPath: $0) }
            return (try ModelSettings(folder), folder.files + tokenizerFiles)
        } catch let error as FormatError {
            throw ModelError(error)
        } catch let error as JSONError {
            throw ModelError(error, path: error.file)
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        (try? URL(filePath: path).resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false
    }
}
