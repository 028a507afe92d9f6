import SwarmFormats
import Testing

@Suite struct JSONFieldTests {
    let root: JSONField

    init() throws {
        let text = #"{"model": {"merges": ["a b", 3], "size": 12, "none": null, "rate": 0.5}}"#
        root = JSONField(try JSON(parsing: Array(text.utf8), file: "tokenizer.json"), file: "tokenizer.json")
    }

    @Test func readsTypedValues() throws {
        #expect(try root["model"]["size"].int(in: 1...100) == 12)
        #expect(try root["model"]["rate"].double() == 0.5)
        #expect(try root["model"]["merges"][0].string() == "a b")
        #expect(root["model"]["none"].ifPresent == nil)
        #expect(root["model"]["absent"].ifPresent == nil)
        #expect(root["model"].keys.count == 4)
    }

    @Test func namesPathFoundAndExpected() {
        #expect(
            throws: JSONError(
                file: "tokenizer.json", field: "model.merges[1]", problem: "found 3, expected a string")
        ) { try root["model"]["merges"].array()[1].string() }
        #expect(
            throws: JSONError(
                file: "tokenizer.json", field: "model.size", problem: "found 12, expected an integer from 1 to 4")
        ) { try root["model"]["size"].int(in: 1...4) }
        #expect(
            throws: JSONError(
                file: "tokenizer.json", field: "model.vocab.x", problem: "found nothing, expected true or false")
        ) { try root["model"]["vocab"]["x"].bool() }
    }
}
