import SwarmEvaluation
import Testing

@Suite struct AnswersTests {
    @Test(arguments: [
        ("salt", "salt", true), ("  salt \n", "salt", true), ("a  blue\tapron.", "a blue apron", true),
        ("Salt", "salt", false), ("salty", "salt", false), ("salt ", "salt.", true), ("cafe\u{301}", "caf\u{E9}", true),
        ("", "salt", false), ("salt..", "salt", false),
    ]) func exactMatchAfterNormalisation(answer: String, gold: String, isRight: Bool) {
        #expect(Answers.isRight(Array(answer.utf8), answers: [[0x21], Array(gold.utf8)]) == isRight)
    }
}
