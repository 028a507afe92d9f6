import Foundation
import Testing

/// What `inspect` says of memory, and what the KV cache's types change.
@Suite struct InspectTests {
    private func memory(_ arguments: [String]) throws -> [String: Int] {
        let result = try Tool.run(["inspect"] + arguments + ["--json"])
        #expect(result.status == 0, "\(result.errors)")
        return try #require(result.json()["memory"] as? [String: Int])
    }

    @Test func aRecipeNeedsTheSumOfItsMembers() throws {
        let recipe = "\(Tool.zoo)/recipe.yaml"
        let json = try Tool.run(["inspect", recipe, "--json"]).json()
        let members = try #require(json["members"] as? [[String: Any]]).compactMap { $0["memory"] as? [String: Int] }
        let together = try #require(json["memory"] as? [String: Int])
        #expect(members.count == 4)
        for key in ["weights", "kv_cache_per_token", "total"] {
            #expect(together[key] == members.reduce(0) { $0 + ($1[key] ?? 0) })
        }
        #expect((together["available"] ?? 0) > 1 << 28)
        let text = try Tool.run(["inspect", recipe]).text
        #expect(text.contains("together\n  weights"))
        #expect(text.hasSuffix(": fits\n"))
    }

    @Test func smallerCachesNeedLess() throws {
        let member = "\(Tool.zoo)/members/almanac"
        let exact = try #require(memory([member])["kv_cache_per_token"])
        #expect(try memory([member, "-ctk", "f16", "-ctv", "f16"])["kv_cache_per_token"] == exact / 2)
        let small = try #require(
            memory([member, "--cache-type-k", "q8_0", "--cache-type-v", "q8_0"])["kv_cache_per_token"])
        #expect(small < exact / 2)
    }

    /// Half the bits change the logits a little, and the same command says the same again.
    @Test func generationWithSmallerCaches() throws {
        func score(_ flags: [String]) throws -> Double {
            let text = "\(Tool.zoo)/README.md"
            let flags = ["--member", "\(Tool.zoo)/members/almanac", "--text", text, "--json"] + flags
            let result = try Tool.run(["score"] + flags)
            #expect(result.status == 0, "\(result.errors)")
            return try #require(result.json()["bits_per_byte"] as? Double)
        }
        let exact = try score([])
        for type in ["f16", "q8_0"] {
            let rounded = try score(["-ctk", type, "-ctv", type])
            #expect(rounded != exact)
            #expect(abs(rounded - exact) < 0.01 * exact)
            #expect(try score(["-ctk", type, "-ctv", type, "-t", "1"]) == rounded)
        }
        #expect(try Tool.run(["score", "--cache-type-k", "q3"]).status == 64)
    }
}
