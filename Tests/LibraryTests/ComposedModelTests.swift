import Foundation
import Testing
import TokenSwarm

/// The public interface, on the bundled members.
@Suite struct ComposedModelTests {
    private let zoo = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("bench/zoo").path

    @Test func generatesAndScores() throws {
        let model = try ComposedModel(contentsOf: zoo + "/recipe.yaml")
        #expect(model.memberNames == ["almanac", "ledger", "herbal", "bestiary"])
        var streamed = ""
        let text = try model.generate("The town of", options: .init(maxTokens: 12)) { streamed += $0 }
        #expect(!text.isEmpty && streamed == text)

        let bits = try model.bitsPerByte(of: "The town of Velmar lies in Ashania.")
        #expect(bits.members.count == 4)
        // A mixture with weight w on a member costs at most −log₂ w bits a segment more than it.
        #expect(bits.composition < bits.members.max() ?? 0)
        #expect(throws: (any Error).self) { try model.bitsPerByte(of: "") }
    }

    @Test func oneHotWeightsAreTheMember() throws {
        let paths = [("almanac", "/members/almanac"), ("ledger", "/members/ledger.gguf")]
        let alone = try ComposedModel(members: [("ledger", zoo + "/members/ledger.gguf", 1)])
        let composed = try ComposedModel(
            members: paths.map { ($0.0, zoo + $0.1, $0.0 == "ledger" ? 1 : 0) })
        let options = ComposedModel.Options(maxTokens: 30, temperature: 0.9, seed: 11)
        #expect(
            try alone.generate("The price of", options: options) == composed.generate("The price of", options: options))
        let text = "The clerk wrote it in the ledger at dawn."
        #expect(try alone.bitsPerByte(of: text).composition == composed.bitsPerByte(of: text).composition)
    }

    @Test func errorsNameWhatIsWrong() {
        #expect { try ComposedModel(contentsOf: "/no/such/recipe.yaml") } throws: { "\($0)".contains("/no/such") }
        #expect { try ComposedModel(members: [("ghost", "/no/such.gguf", 1)]) } throws: { "\($0)".contains("/no/such") }
    }
}
