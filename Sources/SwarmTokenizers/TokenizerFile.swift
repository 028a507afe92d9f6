internal import Foundation
internal import SwarmFormats
internal import SwarmKernels

/// Finds out what kind of tokenizer a path holds and reads it.
enum TokenizerFile {
    /// - Throws: `TokenizerError` naming file and field.
    static func read(path: String) throws(TokenizerError) -> TokenizerParts {
        guard
            let kind = (try? FileManager.default.attributesOfItem(atPath: resolved(path)))?[.type] as? FileAttributeType
        else { throw TokenizerError(path: path, field: nil, problem: "found nothing, expected a file or folder") }
        guard kind == .typeDirectory else {
            return try readFile(path, folder: (path as NSString).deletingLastPathComponent)
        }
        for name in ["tokenizer.json", "tokenizer.model"] {
            let file = (path as NSString).appendingPathComponent(name)
            if FileManager.default.fileExists(atPath: file) { return try readFile(file, folder: path) }
        }
        let ggufs = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
            .filter { $0.hasSuffix(".gguf") }.sorted()
        if let first = ggufs.first {
            return try readFile((path as NSString).appendingPathComponent(first), folder: path)
        }
        if try readsBytes(folder: path) { return Tokenizer.byteParts(endOfText: false) }
        throw TokenizerError(
            path: path, field: nil,
            problem: "found no tokenizer, expected tokenizer.json, tokenizer.model or a GGUF file")
    }

    /// Whether the folder's model is an RWKV with a token for each byte: those come without a tokenizer.
    private static func readsBytes(folder: String) throws(TokenizerError) -> Bool {
        let path = (folder as NSString).appendingPathComponent("config.json")
        guard let data = FileManager.default.contents(atPath: path) else { return false }
        do throws(JSONError) {
            let config = JSONField(
                try JSON(parsing: [UInt8](data), file: path, limits: .configuration), file: path)
            guard let type = config["model_type"].ifPresent, try type.string().hasPrefix("rwkv") else { return false }
            return try config["vocab_size"].int() == 256
        } catch {
            throw TokenizerError(error)
        }
    }

    private static func resolved(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }

    private static func readFile(_ path: String, folder: String) throws(TokenizerError) -> TokenizerParts {
        let file: MappedFile
        do throws(FileError) {
            file = try MappedFile(path: path)
        } catch {
            throw TokenizerError(path: path, field: nil, problem: error.problem)
        }
        if GGUFFile.isGGUF(file) {
            let gguf: GGUFFile
            do {
                gguf = try GGUFShards.metadata(of: file)
            } catch let error as FormatError {
                throw TokenizerError(error)
            } catch let error as FileError {
                throw TokenizerError(path: error.path, field: nil, problem: error.problem)
            } catch {
                throw TokenizerError(path: path, field: nil, problem: "\(error)")
            }
            return try GGUFTokenizerReader.read(gguf)
        }
        let largest = 1 << 29
        guard file.count <= largest else {
            throw TokenizerError(
                path: path, field: nil, problem: "found \(file.count) bytes, expected at most \(largest)")
        }
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try file.bytes(in: 0..<file.count)
        } catch {
            throw TokenizerError(path: path, field: nil, problem: error.problem)
        }
        let settings = try settings(folder: folder)
        if path.hasSuffix(".model") { return try SentencePieceReader.read(bytes, path: path, settings: settings) }
        if path.hasSuffix(".tiktoken") { return try TiktokenReader.read(bytes, path: path, settings: settings) }
        return try TokenizerJSONReader.read(bytes, path: path, settings: settings)
    }

    private static func settings(folder: String) throws(TokenizerError) -> TokenSettings {
        var settings = TokenSettings()
        let names = ["tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "config.json"]
        for (index, name) in names.enumerated() {
            let path = (folder as NSString).appendingPathComponent(name)
            guard let data = FileManager.default.contents(atPath: path) else { continue }
            let value: JSON
            do throws(JSONError) {
                value = try JSON(parsing: [UInt8](data), file: path, limits: .configuration)
            } catch {
                throw TokenizerError(error)
            }
            if index < 2 { settings.read(tokenizerConfig: value) } else { settings.read(modelConfig: value) }
        }
        return settings
    }
}
