internal import SwarmFormats

/// The settings in a config.json by the names most files use, whichever generation of transformers wrote it.
///
/// Three things differ between files of one family: what concerns rotation moved into `rope_parameters` with transformers
/// 5; models that also read images keep the text model's settings in `text_config`; and what equals the family's own
/// default may be left out.
struct ConfigFile: Sendable {
    private let root: JSONField
    /// The whole file, where `root` is its `text_config`.
    private let whole: JSONField
    /// What a setting is where the file does not have it.
    private var assumed: [String: Double] = [:]

    init(_ file: JSONField) {
        whole = file
        root = file["text_config"].ifPresent ?? file
    }

    /// Adds what settings are where the file leaves them out; null is not left out.
    mutating func assume(_ values: [String: Double]) {
        assumed.merge(values) { $1 }
    }

    /// `model_type`, the text model's where there are several.
    /// - Throws: `JSONError` when there is none.
    func architecture() throws(JSONError) -> String {
        try (root["model_type"].ifPresent ?? whole["model_type"]).string()
    }

    /// How the weights were quantised, for methods of which this package reads none.
    /// - Throws: `JSONError` when there is something that is no object with a name.
    func quantisation() throws(JSONError) -> String? {
        guard let settings = root["quantization_config"].ifPresent ?? whole["quantization_config"].ifPresent else {
            return nil
        }
        return try settings["quant_method"].ifPresent?.string() ?? "a method without name"
    }

    /// The value of `name`; a field without value where the file has none.
    subscript(name: String) -> JSONField {
        let field = root[name]
        if field.ifPresent != nil { return field }
        if let moved = rotation(name) { return moved }
        if name == "tie_word_embeddings", let tied = whole[name].ifPresent { return tied }
        guard field.value == nil, let value = assumed[name] else { return field }
        return JSONField(
            Int(exactly: value).map { .integer($0) } ?? .double(value), file: field.file, path: field.path)
    }

    /// Where transformers 5 keeps what concerns rotation: in one object, or one for each kind of layer.
    private func rotation(_ name: String) -> JSONField? {
        guard let all = root["rope_parameters"].ifPresent else { return nil }
        let main = all["full_attention"].ifPresent ?? all
        return switch name {
        case "rope_scaling": main
        case "rope_theta", "partial_rotary_factor": main[name].ifPresent
        case "rope_local_base_freq": all["sliding_attention"]["rope_theta"].ifPresent
        default: nil
        }
    }
}
