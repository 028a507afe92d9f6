import SwarmComposition
import SwarmTokenizers
import SwarmVocabulary
import Testing

@Suite struct CompositionTests {
    @Test func refusesWhatDoesNotFit() throws {
        let members = try [SmallMembers.bytes(), SmallMembers.byteLevel()]
        #expect(throws: CompositionError.noMembers) { try Composition(members: []) }
        #expect(throws: CompositionError.duplicateMember("bytes")) {
            try Composition(members: [members[0], members[0]])
        }
        #expect(throws: CompositionError.self) { try Composition(members: members, pool: PoolSettings(epsilon: 0)) }
        let map = try SharedVocabulary(members: members.map { ($0.name, $0.tokenizer) })
        #expect(try Composition(members: members, map: map).map == map)
        #expect(throws: CompositionError.mapMismatch(field: "normalization", found: "nfc", expected: "none")) {
            try Composition(members: members, map: map, alignment: AlignmentSettings(normalization: .none))
        }
        #expect(throws: CompositionError.mapMismatch(field: "members", found: "bytes, bpe", expected: "bpe, bytes")) {
            try Composition(members: members.reversed(), map: map)
        }
        let other = Member(name: "bpe", model: members[1].model, tokenizer: .bytes(endOfText: true))
        #expect(throws: CompositionError.self) { try Composition(members: [members[0], other], map: map) }
    }

    @Test func weightsOfZeroAreAnError() throws {
        let composition = try Composition(members: [SmallMembers.bytes(), SmallMembers.byteLevel()])
        let error = #expect(throws: CompositionError.self) { try composition.check(weights: [0, 0]) }
        #expect(
            error?.description
                == "weights, composition: found [0.0, 0.0], which weights sum to zero, expected a sum to divide by")
    }
}
