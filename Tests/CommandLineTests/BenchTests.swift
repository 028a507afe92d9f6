import Foundation
import Testing

/// `tokenswarm bench` on bundled members.
@Suite struct BenchTests {
    private let flags = ["-p", "8", "-n", "8", "-r", "2"]
    private let members = [
        "--member", "\(Tool.zoo)/members/almanac", "--member", "\(Tool.zoo)/members/ledger.gguf",
    ]

    @Test func membersAndCompositionAreMeasured() throws {
        let result = try Tool.run(["bench"] + members + flags + ["-o", "json"])
        #expect(result.status == 0, "\(result.errors)")
        let rows = try #require(JSONSerialization.jsonObject(with: Data(result.text.utf8)) as? [[String: Any]])
        #expect(rows.map { $0["test"] as? String } == ["pp8", "tg8", "pp8", "tg8", "tg8"])
        for row in rows {
            #expect((row["avg_ts"] as? Double ?? 0) > 0)
            #expect((row["samples_ts"] as? [Double])?.count == 2)
            #expect((row["resident_bytes"] as? Int ?? 0) > 1_000_000)
        }
        #expect((rows.last?["overhead"] as? Double ?? 0) > 0)
    }

    /// A model stands where a recipe does; a name with a comma stays one field.
    @Test func tablesForPeopleAndSpreadsheets() throws {
        let table = try Tool.run(["bench", "\(Tool.zoo)/members/almanac"] + flags)
        #expect(table.text.hasPrefix("| model | type |"), "\(table.errors)")
        #expect(table.text.split(separator: "\n").count == 4)
        let csv = try Tool.run(["bench", "--member", "a,b=\(Tool.zoo)/members/almanac"] + flags + ["-o", "csv"])
        let lines = csv.text.split(separator: "\n")
        #expect(lines.count == 3, "\(csv.errors)")
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("\"a,b\",") })
    }
}
