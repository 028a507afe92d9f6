import SwarmVocabulary
import Testing

@Suite struct UTF8StateTests {
    /// Against the standard library, over every sequence of two bytes and many of three and four.
    @Test func agreesWithTheStandardLibrary() {
        let edges: [UInt8] = [
            0, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF,
        ]
        var sequences: [[UInt8]] = []
        for a in UInt8.min ... .max { for b in UInt8.min ... .max { sequences.append([a, b]) } }
        for a in edges { for b in edges { for c in edges { sequences.append([a, b, c]) } } }
        for a: UInt8 in [0xF0, 0xF3, 0xF4] {
            for b in edges { for c in edges { for d in edges { sequences.append([a, b, c, d]) } } }
        }
        for bytes in sequences {
            #expect(UTF8State.isValid(bytes) == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
        }
    }

    @Test func aRefusedByteLeavesTheStateAlone() {
        var state = UTF8State()
        let first = state.advance(0xE2)
        let second = state.advance(0x41)
        #expect(first && !second)
        #expect(state.missing == 2)
        let rest = state.advance(over: [0x82, 0xAC])
        #expect(rest && state.isComplete)
    }
}
