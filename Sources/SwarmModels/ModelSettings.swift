package import SwarmFormats
internal import SwarmKernels

/// A model's settings by name, out of config.json or GGUF metadata, each checked against a range.
package struct ModelSettings: Sendable {
    private enum Source: Sendable {
        case folder(ConfigFile)
        case gguf(GGUFFile, prefix: String)
    }

    private var source: Source
    /// The file, for messages.
    package let path: String
    package let tensors: TensorStore
    /// `model_type` or `general.architecture`.
    package let architecture: String

    /// The settings of a Hugging Face folder.
    package init(_ folder: ModelFolder) throws(ModelError) {
        path = folder.path + "/config.json"
        tensors = folder.tensors
        let config = ConfigFile(folder.config)
        source = .folder(config)
        architecture = try Self.checked(path) { () throws(JSONError) in try config.architecture() }
        if let method = try Self.checked(path, { () throws(JSONError) in try config.quantisation() }) {
            throw wrong("quantization_config", nil, method, "none: plain weights, or a GGUF file for quantised ones")
        }
    }

    /// The same settings, where config.json leaves some out that have these values by the family's own definition.
    package func assuming(_ values: [String: Double]) -> ModelSettings {
        guard case .folder(var config) = source else { return self }
        config.assume(values)
        var result = self
        result.source = .folder(config)
        return result
    }

    /// The settings of a GGUF model.
    package init(_ gguf: GGUFShards) throws(ModelError) {
        let file = gguf.first
        path = file.file.path
        tensors = try Self.checked { () throws(FormatError) in try TensorStore(gguf) }
        guard let name = try Self.checked({ () throws(FormatError) in try file.text("general.architecture") }) else {
            throw .badFile(path: path, field: "general.architecture", found: "nothing", expected: "a name")
        }
        architecture = name
        source = .gguf(file, prefix: name + ".")
    }

    package var isGGUF: Bool { if case .gguf = source { true } else { false } }

    /// The value of `name` in config.json or of `gguf`, after the architecture's prefix, in metadata.
    /// - Throws: `ModelError` when it is missing and there is no `default`, no integer, or outside `range`.
    package func integer(
        _ name: String, gguf key: String? = nil, in range: ClosedRange<Int>, default fallback: Int? = nil
    ) throws(ModelError) -> Int {
        let value: Int?
        switch source {
        case .folder(let config):
            value = try Self.checked(path) { () throws(JSONError) in try config[name].ifPresent?.int() }
        case .gguf(let file, let prefix):
            value = try key.flatMap { key throws(ModelError) in try Self.integer(file, prefix + key) }
        }
        guard let value = value ?? fallback else { throw missing(name, key, "an integer") }
        guard range.contains(value) else {
            throw wrong(name, key, "\(value)", "\(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A number that is finite and inside `range`.
    package func number(
        _ name: String, gguf key: String? = nil, in range: ClosedRange<Double>, default fallback: Double? = nil
    ) throws(ModelError) -> Double {
        let value: Double?
        switch source {
        case .folder(let config):
            value = try Self.checked(path) { () throws(JSONError) in try config[name].ifPresent?.double() }
        case .gguf(let file, let prefix):
            value = try Self.checked { () throws(FormatError) in
                try key.flatMap { key throws(FormatError) in try file.double(prefix + key) }
            }
        }
        guard let value = value ?? fallback else { throw missing(name, key, "a number") }
        guard value.isFinite, range.contains(value) else {
            throw wrong(name, key, "\(value)", "\(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A number where there is one other than null.
    package func optionalNumber(
        _ name: String, gguf key: String? = nil, in range: ClosedRange<Double>
    ) throws(ModelError) -> Double? {
        has(name, gguf: key) ? try number(name, gguf: key, in: range) : nil
    }

    package func bool(_ name: String, gguf key: String? = nil, default fallback: Bool) throws(ModelError) -> Bool {
        let value: Bool?
        switch source {
        case .folder(let config):
            value = try Self.checked(path) { () throws(JSONError) in try config[name].ifPresent?.bool() }
        case .gguf(let file, let prefix):
            value = try Self.checked { () throws(FormatError) in
                try key.flatMap { key throws(FormatError) in try file.bool(prefix + key) }
            }
        }
        return value ?? fallback
    }

    package func text(_ name: String, gguf key: String? = nil, default fallback: String? = nil) throws(ModelError)
        -> String
    {
        let value: String?
        switch source {
        case .folder(let config):
            value = try Self.checked(path) { () throws(JSONError) in try config[name].ifPresent?.string() }
        case .gguf(let file, let prefix):
            value = try Self.checked { () throws(FormatError) in
                try key.flatMap { key throws(FormatError) in try file.text(prefix + key) }
            }
        }
        guard let value = value ?? fallback else { throw missing(name, key, "a name") }
        return value
    }

    /// The strings of an array in config.json; nil where there is none, or in a GGUF file.
    package func texts(_ name: String) throws(ModelError) -> [String]? {
        guard case .folder(let config) = source else { return nil }
        return try Self.checked(path) { () throws(JSONError) in
            guard let field = config[name].ifPresent else { return nil }
            var values: [String] = []
            for element in try field.array() { values.append(try element.string()) }
            return values
        }
    }

    /// The integers of an array in config.json; nil where there is none, or in a GGUF file.
    package func integers(_ name: String) throws(ModelError) -> [Int]? {
        guard case .folder(let config) = source else { return nil }
        return try Self.checked(path) { () throws(JSONError) in
            guard let field = config[name].ifPresent else { return nil }
            var values: [Int] = []
            for element in try field.array() { values.append(try element.int()) }
            return values
        }
    }

    /// Whether there is a value other than null.
    package func has(_ name: String, gguf key: String? = nil) -> Bool {
        switch source {
        case .folder(let config): config[name].ifPresent != nil
        case .gguf(let file, let prefix): key.map { file.value(prefix + $0) != nil } ?? false
        }
    }

    /// The object called `name` of config.json; nil where it is missing or null, or in a GGUF file.
    package func object(_ name: String) -> JSONField? {
        guard case .folder(let config) = source else { return nil }
        return config[name].ifPresent
    }

    /// The error that says what is wrong with a setting.
    package func wrong(_ name: String, _ key: String?, _ found: String, _ expected: String) -> ModelError {
        .badFile(path: path, field: field(name, key), found: found, expected: expected)
    }

    private func missing(_ name: String, _ key: String?, _ expected: String) -> ModelError {
        wrong(name, key, "nothing", expected)
    }

    private func field(_ name: String, _ key: String?) -> String {
        if case .gguf(_, let prefix) = source, let key { prefix + key } else { name }
    }

    /// An integer, or the one value of an array that gives the same for every layer.
    private static func integer(_ file: GGUFFile, _ key: String) throws(ModelError) -> Int? {
        try checked { () throws(FormatError) in
            if case .array = file.value(key), let values = try file.integers(key) {
                guard let first = values.first, values.allSatisfy({ $0 == first }) else {
                    throw file.error(key, found: "values that differ by layer", expected: "one for all layers")
                }
                return first
            }
            return try file.integer(key)
        }
    }

    /// Turns what the GGUF reader throws into this module's error.
    private static func checked<Value>(_ body: () throws(FormatError) -> Value) throws(ModelError) -> Value {
        do { return try body() } catch { throw ModelError(error) }
    }

    /// Turns what the JSON reader throws into this module's error.
    package static func checked<Value>(
        _ path: String, _ body: () throws(JSONError) -> Value
    ) throws(ModelError) -> Value {
        do { return try body() } catch { throw ModelError(error, path: path) }
    }
}

extension ModelError {
    init(_ error: FormatError) {
        self = .badFile(path: error.path, field: error.field, found: error.found, expected: error.expected)
    }

    init(_ error: JSONError, path: String) {
        let parts = error.problem.split(separator: ", expected ", maxSplits: 1)
        self = .badFile(
            path: path, field: error.field.isEmpty ? "JSON\(error.line.map { " (line \($0))" } ?? "")" : error.field,
            found: (parts.first ?? "").replacing("found ", with: "", maxReplacements: 1).description,
            expected: parts.count == 2 ? String(parts[1]) : "another value")
    }
}
