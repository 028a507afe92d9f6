import Foundation
import SwarmFormats
import SwarmTemplates
import Testing

/// Templates with damage in them: text or an error, in bounded work, whatever the damage makes of them.
@Suite struct DamagedTemplatesTests {
    private static let folder = URL(filePath: #filePath).appending(path: "../../Fixtures/templates").standardizedFileURL

    private static let names = ["chatml", "headers", "instruct", "marked", "thinking", "turns"]

    @Test(arguments: names) func anyDamage(name: String) throws {
        let file = try Data(contentsOf: Self.folder.appending(path: name + ".json"))
        let json = try #require(JSONSerialization.jsonObject(with: file) as? [String: Any])
        let source = Array(try #require(json["template"] as? String).utf8)
        var limits = TemplateLimits()
        limits.steps = 400_000
        let text = #"""
            [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"},
             {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "{{ messages }}"}]
            """#
        let conversation = try Conversation(parsing: Array(text.utf8), file: "test")
        let pieces = ["{%", "%}", "{{", "}}", "'", "|", "(", ")", "[", "9", "\u{0}", " for ", " endif "].map {
            Array($0.utf8)
        }
        var rendered = 0
        for round in 0..<300 {
            // A fixed sequence that goes over the whole text.
            let position = round * 7919 % source.count
            var damaged = source
            switch round % 3 {
            case 0: damaged.insert(contentsOf: pieces[round / 3 % pieces.count], at: position)
            case 1: damaged[position] = UInt8(truncatingIfNeeded: round * 31)
            default: damaged.removeSubrange(position..<min(source.count, position + 1 + round % 11))
            }
            guard
                let template = try? ChatTemplate(
                    String(decoding: damaged, as: UTF8.self), name: name,
                    specialTokens: [
                        ("bos_token", .string(Array("<s>".utf8))), ("eos_token", .string(Array("</s>".utf8))),
                    ],
                    limits: limits)
            else { continue }
            if let text = try? template.render(conversation) {
                rendered += 1
                #expect(text.unicodeScalars.count <= limits.outputScalars)
            }
        }
        #expect(rendered > 0 && rendered < 300, "\(rendered) of 300 rendered")
    }
}
