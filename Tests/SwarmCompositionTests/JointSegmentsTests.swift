import SwarmComposition
import Testing

@Suite struct JointSegmentsTests {
    let one = TokenScores(ends: [2, 4, 5, 9], logProbabilities: [-1, -2, -4, -8])
    let two = TokenScores(ends: [0, 3, 4, 4, 9], logProbabilities: [-0.5, -1, -1, -2, -.infinity])

    @Test func cutsWhereAllCut() {
        #expect(JointSegments.boundaries(of: [one, two]) == [0, 4, 9])
        let segments = JointSegments([one, two])
        #expect(segments.bounds == [0, 4, 9])
        #expect(segments.logProbabilities == [-3, -4.5, -12, -.infinity])
    }

    @Test func startsAtTheLastJointBoundary() {
        for offset in 4..<9 {
            let segments = JointSegments([one, two], from: offset)
            #expect(segments.bounds == [4, 9])
            #expect(segments.logProbabilities == [-12, -.infinity])
        }
        #expect(JointSegments([one, two], from: 3).bounds == [0, 4, 9])
        #expect(JointSegments([one, two], from: 9).count == 0)
    }

    @Test func oneMemberIsItsOwnTokens() {
        let segments = JointSegments([one])
        #expect(segments.bounds == [0, 2, 4, 5, 9])
        #expect(segments.logProbabilities == one.logProbabilities)
    }

    @Test func choicesStartTogether() {
        // The first choice's tokenization has a boundary at 3, the second's only at 2: both start at 2.
        let first = [TokenScores(ends: [2, 3, 6], logProbabilities: [-1, -2, -4])]
        let second = [TokenScores(ends: [2, 5, 6], logProbabilities: [-1, -3, -5])]
        let choices = JointSegments.choices([first, second], promptLength: 3)
        #expect(choices.map(\.bounds) == [[2, 3, 6], [2, 5, 6]])
        #expect(choices.map { $0.logProbabilities.reduce(0, +) } == [-6, -8])
    }

    @Test func nothingHasNoSegments() {
        #expect(JointSegments([TokenScores(), TokenScores()]).count == 0)
    }
}
