package import SwarmFormats
internal import SwarmKernels

/// What was said so far, as templates are given it: messages with a `role` and, as a rule, a `content`.
package struct Conversation: Sendable {
    /// JSON objects; members that a template does not know do no harm.
    package private(set) var messages: [JSON]

    /// A question, with a system text before it where there is one.
    package init(system: String? = nil, user: String) {
        messages = (system.map { [Self.message("system", $0)] } ?? []) + [Self.message("user", user)]
    }

    /// Reads a JSON list of messages, `[{"role": "user", "content": "…"}]`.
    /// - Parameters:
    ///   - file: the file's name, for messages.
    ///   - system: a system text to put before them.
    /// - Throws: `JSONError` naming the file and the message.
    package init(parsing bytes: [UInt8], file: String, system: String? = nil) throws(JSONError) {
        let list = JSONField(try JSON(parsing: bytes, file: file, limits: .configuration), file: file)
        messages = system.map { [Self.message("system", $0)] } ?? []
        for message in try list.array() {
            _ = try message["role"].string()
            if let value = message.value { messages.append(value) }
        }
        guard messages.count > (system == nil ? 0 : 1) else { throw list.error(expected: "at least one message") }
    }

    /// The conversation with `content` as the assistant's answer.
    package func answered(_ content: String) -> Conversation {
        var result = self
        result.messages.append(Self.message("assistant", content))
        return result
    }

    private static func message(_ role: String, _ content: String) -> JSON {
        .object(
            JSONObject(members: [
                (Array("role".utf8), .string(Array(role.utf8))), (Array("content".utf8), .string(Array(content.utf8))),
            ]))
    }
}
