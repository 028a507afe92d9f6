internal import Foundation
internal import SwarmFormats
internal import SwarmTemplates
internal import SwarmTokenizers

/// What is fuzzed: every reader of outside data that needs no weights. A target fails by a trap, a sanitizer report,
/// libFuzzer's time or memory limit, or a broken invariant.
enum FuzzTarget: String, CaseIterable {
    case json
    case safetensors
    /// The header, and the vocabulary where the file has one.
    case gguf
    case tokenizerJSON = "tokenizer-json"
    case sentencepiece
    case tiktoken
    /// Text through the fixtures' tokenizers; see ``EncodingFuzz``.
    case encode
    case template

    static let current = ProcessInfo.processInfo.environment["FUZZ_TARGET"].flatMap(FuzzTarget.init)

    /// What tokenizers read from fuzzed files are tried on: words, digits, spaces, marks, a stray byte.
    private static let sample = Array("Oren mends 12 lanterns,\n\n  it's é 中文 <s>▁a 🦙".utf8) + [0xFF, 0x00]

    func run(_ data: [UInt8]) {
        switch self {
        case .json:
            _ = try? JSON(parsing: data, file: "fuzz.json")
            _ = try? JSON(parsing: data, file: "fuzz.json", limits: .configuration)
        case .safetensors:
            FuzzFile.with(data, "safetensors") { path in _ = try? SafetensorsFile(path: path) }
        case .gguf:
            FuzzFile.with(data, "gguf") { path in
                if (try? GGUFFile(path: path)) != nil { Self.tryTokenizer(path) }
            }
        case .tokenizerJSON:
            guard let tokenizer = try? Tokenizer(tokenizerJSON: data, path: "fuzz.json") else { return }
            Self.use(tokenizer)
        case .sentencepiece: FuzzFile.with(data, "model", Self.tryTokenizer)
        case .tiktoken: FuzzFile.with(data, "tiktoken", Self.tryTokenizer)
        case .encode: EncodingFuzz.run(data)
        case .template: TemplateFuzz.run(data)
        }
    }

    private static func tryTokenizer(_ path: String) {
        if let tokenizer = try? Tokenizer(path: path) { use(tokenizer) }
    }

    private static func use(_ tokenizer: Tokenizer) {
        let size = tokenizer.vocabularySize
        precondition(tokenizer.tokenBytes.count == size && tokenizer.roles.count == size, "κ or roles of another size")
        for text in [sample, [], Array(sample.reversed())] {
            let encoding = tokenizer.encode(text)
            EncodingFuzz.checkShape(encoding, text, tokenizer)
            _ = tokenizer.decode(encoding.ids)
            _ = tokenizer.decode(encoding.ids, skipSpecial: false)
        }
        // Every id decodes, also those that no text is encoded to.
        _ = tokenizer.decode((0..<min(size, 4096)).map { TokenID($0) }, skipSpecial: false)
    }
}

/// A file in memory for readers that want a path.
enum FuzzFile {
    private static let folder: String = {
        let path = "/dev/shm/tokenswarm-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }()

    static func with(_ data: [UInt8], _ ending: String, _ body: (String) -> Void) {
        let path = "\(folder)/input.\(ending)"
        guard FileManager.default.createFile(atPath: path, contents: Data(data)) else {
            preconditionFailure("cannot write \(path)")
        }
        body(path)
    }
}
