import SwarmFormats
import Testing

@Suite struct ByteStringsTests {
    private let words: [[UInt8]] = [[1, 2, 3], [], [255], [1, 2], Array(repeating: 7, count: 300)]

    @Test func holdsWhatArraysWould() {
        var strings = ByteStrings(words)
        #expect(strings.count == 5 && strings.size == 306)
        #expect(Array(strings) == words)
        #expect(strings.map(\.count) == strings.indices.map { strings.count(of: $0) })
        strings.append([9, 9][1...])
        #expect(Array(strings) == words + [[9]])
        #expect(Array(strings.slice(0)) == [1, 2, 3] && strings.slice(1).isEmpty)
    }

    @Test func replacesInPlace() {
        var strings = ByteStrings(words)
        strings[1] = [4, 5]
        strings[0] = []
        #expect(Array(strings) == [[], [4, 5]] + words[2...])
        // Equal by what they hold, not by what lies beneath.
        #expect(strings == ByteStrings([[], [4, 5]] + words[2...]))
        #expect(strings != ByteStrings(words))
    }

    @Test func comparesWithPlacesOfText() {
        let strings = ByteStrings(words)
        let text: [UInt8] = [0, 1, 2, 3, 255]
        #expect(strings.matches(0, text, 1, 4) && strings.matches(3, text, 1, 3) && strings.matches(2, text, 4, 5))
        #expect(!strings.matches(0, text, 1, 3) && !strings.matches(0, text, 0, 3) && !strings.matches(2, text, 3, 4))
        #expect(strings.matches(1, text, 2, 2))
    }
}
