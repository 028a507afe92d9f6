import SwarmEvaluation
import Testing

@Suite struct MemoryNeedTests {
    private let need = MemoryNeed(parts: [
        MemoryNeed.Part(name: "code", weights: 3 << 30, cache: 1 << 29),
        MemoryNeed.Part(name: "maths", weights: 1 << 30, cache: 1 << 20),
    ])

    @Test func tooLargeACompositionIsRefusedWithTheSum() throws {
        #expect(need.total == 4_831_838_208 + 1_048_576)
        try need.check(available: need.total)
        let error = #expect(throws: MemoryError.self) { try need.check(available: need.total - 1) }
        let text = try #require(error).description
        #expect(text.contains("found 4.50 GiB, expected 4.50 GiB or more"))
        #expect(text.contains("code 3.00 GiB of weights and 512.0 MiB of KV cache, maths 1.00 GiB"))
    }

    @Test func sumsThatCannotBeCountedAreTooLarge() {
        let huge = MemoryNeed(parts: [MemoryNeed.Part(name: "a", weights: .max, cache: 1), need.parts[0]])
        #expect(huge.total == .max)
        #expect(throws: MemoryError.self) { try huge.check(available: .max - 1) }
    }
}
