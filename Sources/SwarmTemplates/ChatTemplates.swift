internal import Foundation
package import SwarmFormats
internal import SwarmKernels

/// The chat templates that come with a model: as a rule one, sometimes several by name.
package struct ChatTemplates: Sendable {
    /// A template as it stands in a file.
    package struct Source: Sendable {
        /// `default` for the one that plain conversations are written with.
        package let name: String
        package let text: String
        /// For messages: where it stands.
        package let place: String
    }

    package let sources: [Source]
    /// Variables that every template is given: `bos_token`, `eos_token`, … and lists of them.
    package let specialTokens: [(name: String, value: JSON)]

    /// Reads the templates of a Hugging Face folder or a GGUF file. None is no error.
    ///
    /// In a folder, files of templates (chat_template.jinja and additional_chat_templates/NAME.jinja) come before
    /// `chat_template` in tokenizer_config.json, as in transformers; chat_template.json, which only processors read
    /// there, is the last resort. In a GGUF file they are `tokenizer.chat_template` and `tokenizer.chat_template.NAME`.
    /// - Throws: `FileError`, `FormatError` or `JSONError` naming file and field; `TemplateError` for a file that is not
    ///   text.
    package init(path: String) throws {
        let isFolder = (try? URL(filePath: path).resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false
        if isFolder {
            try self.init(folder: path)
        } else {
            try self.init(GGUFFile(file: MappedFile(path: path)), path: path)
        }
    }

    /// The template that `name` asks for: without one, `tool_use` where there are tools, else `default`.
    /// - Returns: nil where the model has no template at all.
    /// - Throws: `TemplateError`: the template is wrong, or there are others but not the one asked for.
    package func template(
        named name: String? = nil, hasTools: Bool = false, limits: TemplateLimits = TemplateLimits()
    ) throws(TemplateError) -> ChatTemplate? {
        guard let first = sources.first else { return nil }
        let tools = hasTools ? sources.first { $0.name == "tool_use" } : nil
        let wanted = name ?? "default"
        guard let source = (name == nil ? tools : nil) ?? sources.first(where: { $0.name == wanted }) else {
            throw TemplateError(
                template: first.place, line: nil,
                problem: "found the templates \(sources.map(\.name).joined(separator: ", ")), expected \(wanted)")
        }
        return try ChatTemplate(source.text, name: source.place, specialTokens: specialTokens, limits: limits)
    }

    // MARK: Folders

    private init(folder: String) throws {
        let config = try Self.json(folder + "/tokenizer_config.json")
        specialTokens = SpecialTokens.variables(
            config: config?.value, map: try Self.json(folder + "/special_tokens_map.json")?.value,
            model: try Self.json(folder + "/config.json")?.value)
        let files = try Self.files(folder)
        if !files.isEmpty {
            sources = files
        } else if let field = config?["chat_template"].ifPresent {
            sources = try Self.sources(field)
        } else if let field = try Self.json(folder + "/chat_template.json")?["chat_template"].ifPresent {
            sources = try Self.sources(field)
        } else {
            sources = []
        }
    }

    private static func files(_ folder: String) throws -> [Source] {
        var result: [Source] = []
        let single = folder + "/chat_template.jinja"
        if FileManager.default.fileExists(atPath: single) {
            result.append(Source(name: "default", text: try text(single), place: single))
        }
        let others = folder + "/additional_chat_templates"
        for name in ((try? FileManager.default.contentsOfDirectory(atPath: others)) ?? []).sorted()
        where name.hasSuffix(".jinja") {
            let path = others + "/" + name
            result.append(Source(name: String(name.dropLast(6)), text: try text(path), place: path))
        }
        return result
    }

    /// A template, or a list of templates with names.
    private static func sources(_ field: JSONField) throws(JSONError) -> [Source] {
        func source(_ name: String, _ text: JSONField) throws(JSONError) -> Source {
            Source(name: name, text: try text.string(), place: "\(text.file) (\(text.path))")
        }
        if field.value?.bytes != nil { return [try source("default", field)] }
        guard field.value?.array != nil else { throw field.error(expected: "a template, or a list of them with names") }
        var result: [Source] = []
        for element in try field.array() {
            let name = try element["name"].string()
            // Of two with one name, transformers keeps the later.
            result.removeAll { $0.name == name }
            result.append(try source(name, element["template"]))
        }
        return result
    }

    private static func bytes(_ path: String) throws -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let file = try MappedFile(path: path)
        return try file.bytes(in: 0..<file.count)
    }

    private static func json(_ path: String) throws -> JSONField? {
        guard let bytes = try bytes(path) else { return nil }
        return JSONField(try JSON(parsing: bytes, file: path, limits: .configuration), file: path)
    }

    private static func text(_ path: String) throws -> String {
        let file = try MappedFile(path: path)
        let limit = TemplateLimits().sourceBytes
        guard file.count <= limit else {
            throw TemplateError(
                template: path, line: nil, problem: "found \(file.count) bytes, expected at most \(limit)")
        }
        guard let text = String(validating: try file.bytes(in: 0..<file.count), as: UTF8.self) else {
            throw TemplateError(template: path, line: nil, problem: "found bytes that are not UTF-8, expected text")
        }
        return text
    }

    // MARK: GGUF

    private init(_ file: GGUFFile, path: String) throws(FormatError) {
        let key = "tokenizer.chat_template"
        var result: [Source] = []
        if let text = try file.text(key) {
            result.append(Source(name: "default", text: text, place: "\(path) (\(key))"))
        }
        for name in try file.strings("tokenizer.chat_templates") ?? ByteStrings() {
            let name = String(decoding: name, as: UTF8.self)
            guard let text = try file.text("\(key).\(name)") else { continue }
            result.append(Source(name: name, text: text, place: "\(path) (\(key).\(name))"))
        }
        sources = result
        specialTokens = try SpecialTokens.variables(file)
    }

    /// A template of the user's own for a model whose special tokens are `of`'s.
    /// - Throws: as `init(path:)`.
    package init(file: String, of model: ChatTemplates) throws {
        sources = [Source(name: "default", text: try Self.text(file), place: file)]
        specialTokens = model.specialTokens
    }
}
