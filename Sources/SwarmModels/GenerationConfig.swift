internal import Foundation
internal import SwarmFormats
internal import SwarmKernels

/// How a model's makers want its text sampled: generation_config.json, or `general.sampling.*` of a GGUF file.
///
/// What ends a text, `eos_token_id`, is the tokenizer's to read.
package struct GenerationConfig: Sendable, Equatable {
    /// The file it comes from.
    package let path: String
    package var maxNewTokens: Int?
    /// 0 where nothing is sampled.
    package var temperature: Double?
    package var topK: Int?
    package var topP: Double?
    package var minP: Double?
    package var repetitionPenalty: Double?

    /// Reads what the model at `path` comes with.
    /// - Returns: nil where there is nothing of the kind.
    /// - Throws: `FileError`, `JSONError` or `FormatError` naming file and field.
    package static func read(_ path: String) throws -> GenerationConfig? {
        let isFolder = (try? URL(filePath: path).resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false
        guard isFolder else { return try GenerationConfig(GGUFFile(file: MappedFile(path: path)), path: path) }
        let name = path + "/generation_config.json"
        guard FileManager.default.fileExists(atPath: name) else { return nil }
        let file = try MappedFile(path: name)
        let json = try JSON(parsing: file.bytes(in: 0..<file.count), file: name, limits: .configuration)
        return try GenerationConfig(JSONField(json, file: name))
    }

    /// As transformers reads it: nothing is sampled unless `do_sample` says so, and then among the 50 likeliest unless
    /// `top_k` says otherwise.
    private init(_ field: JSONField) throws(JSONError) {
        path = field.file
        func number(_ key: String, _ range: ClosedRange<Double>) throws(JSONError) -> Double? {
            guard let value = try field[key].ifPresent?.double() else { return nil }
            guard range.contains(value) else {
                throw field[key].error(expected: "a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
        maxNewTokens = try field["max_new_tokens"].ifPresent?.int(in: 1...1_000_000)
        repetitionPenalty = try number("repetition_penalty", 1e-3...1e3)
        guard try field["do_sample"].ifPresent?.bool() ?? false else {
            temperature = 0
            return
        }
        temperature = try number("temperature", 0...1e3) ?? 1
        topK = try field["top_k"].ifPresent?.int(in: 0...Int(Int32.max)) ?? 50
        topP = try number("top_p", 0...1) ?? 1
        minP = try number("min_p", 0...1)
    }

    private init?(_ file: GGUFFile, path: String) throws(FormatError) {
        self.path = path
        func number(_ name: String, _ range: ClosedRange<Double>) throws(FormatError) -> Double? {
            let key = "general.sampling." + name
            guard let value = try file.double(key) else { return nil }
            guard range.contains(value) else {
                throw file.error(
                    key, found: "\(value)", expected: "a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
        temperature = try number("temp", 0...1e3)
        topK = try number("top_k", 0...Double(Int32.max)).map { Int($0) }
        topP = try number("top_p", 0...1)
        minP = try number("min_p", 0...1)
        repetitionPenalty = try number("penalty_repeat", 1e-3...1e3)
        if (temperature ?? topP ?? minP ?? repetitionPenalty) == nil, topK == nil { return nil }
    }
}
