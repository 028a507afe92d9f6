import Foundation
import SwarmFormats
import SwarmTokenizers
import Testing

@Suite struct TokenizerJSONReaderTests {
    static let names = [
        "byte-level", "regex-split", "byte-fallback", "metaspace", "unigram", "unigram-bytes", "word-piece",
        "word-level",
    ]

    @Test(arguments: names)
    func givesTheReferencesIds(_ name: String) throws {
        let tokenizer = try Tokenizer(path: "\(Files.fixtures)/\(name).json")
        let cases = try Case.read(name)
        #expect(cases.count > 50)
        for item in cases {
            let text = String(decoding: item.text, as: UTF8.self)
            let encoding = tokenizer.encode(item.text, addSpecial: false)
            #expect(encoding.numbers == item.ids, "\(name) \(text.debugDescription)")
            if let special = item.special {
                #expect(tokenizer.encode(item.text).numbers == special, "\(text.debugDescription)")
            }
            if let decoded = item.decoded {
                // The reference replaces what is not UTF-8, for byte pieces one by one.
                let own = tokenizer.decode(encoding.ids, skipSpecial: false)
                if !decoded.contains(subsequence: [0xEF, 0xBF, 0xBD]) {
                    #expect(own == decoded, "\(text.debugDescription)")
                }
            }
            checkEnds(
                encoding, item, tokenizer,
                normalizes: ["byte-level", "metaspace", "unigram", "word-piece"].contains(name))
        }
    }

    /// Ends agree with the reference's offsets where a token has a range of its own; within shared ranges they only
    /// have to stay inside.
    private func checkEnds(_ encoding: Encoding, _ item: Case, _ tokenizer: Tokenizer, normalizes: Bool) {
        #expect(encoding.ends == encoding.ends.sorted())
        if let last = encoding.ends.last { #expect(last == item.text.count) }
        guard let offsets = item.offsets, offsets.count == encoding.ends.count else { return }
        // The reference spreads a composed cluster over its scalars; here all of it ends where the cluster ends.
        if normalizes, item.text.contains(where: { $0 >= 0x80 }) { return }
        for index in offsets.indices.dropLast() {
            let (start, end) = offsets[index]
            let own = encoding.ends[index]
            if offsets[index + 1].start >= end, end > start, tokenizer.roles[encoding.ids[index].index] != .byte {
                #expect(own == end, "\(String(decoding: item.text, as: UTF8.self).debugDescription) token \(index)")
            }
        }
    }

    @Test func twoTextsGetTheReferencesSpecialTokens() throws {
        let path = "\(Files.fixtures)/pairs.cases.json"
        for part in try JSONField(try Files.json(path), file: path).array() {
            let name = try part["name"].string()
            let tokenizer = try Tokenizer(
                tokenizerJSON: Array(try JSONText.write(part["tokenizer"].value ?? .null).utf8), path: "\(name).json")
            for json in try part["cases"].array() {
                let item = try Case(json)
                let second = try json["second"].bytes()
                #expect(tokenizer.encode(item.text, and: second).map(\.index) == item.ids, "\(name)")
            }
        }
    }

    @Test(arguments: ["parts", "unicode-versions"]) func takesPartsAsTheReferenceDoes(_ file: String) throws {
        let path = "\(Files.fixtures)/\(file).cases.json"
        for part in try JSONField(try Files.json(path), file: path).array() {
            let name = try part["name"].string()
            let tokenizer = try Tokenizer(
                tokenizerJSON: Array(try JSONText.write(part["tokenizer"].value ?? .null).utf8), path: "\(name).json")
            for item in try part["cases"].array().map(Case.init) {
                #expect(
                    tokenizer.encode(item.text).numbers == item.ids,
                    "\(name): \(String(decoding: item.text, as: UTF8.self).debugDescription)")
            }
        }
    }

    @Test func namesTokensAndRoles() throws {
        let tokenizer = try Tokenizer(path: "\(Files.fixtures)/byte-fallback.json")
        #expect(tokenizer.startToken == TokenID(1))
        #expect(tokenizer.addsStartToken)
        #expect(tokenizer.addsPrefixSpace)
        #expect(tokenizer.roles[0] == .unknown)
        #expect(tokenizer.roles[1] == .control || tokenizer.roles[1] == .beginOfText)
        #expect(tokenizer.roles[2] == .endOfText)
        #expect(tokenizer.roles[3 + 0x41] == .byte)
        #expect(tokenizer.tokenBytes[3 + 0x41] == [0x41])
        #expect(tokenizer.tokenBytes[1] == Array("<s>".utf8))
        #expect(tokenizer.digest.count == 64)
        let piece = try Tokenizer(path: "\(Files.fixtures)/word-piece.json")
        #expect(piece.tokenBytes.contains(Array(" oren".utf8)) || piece.tokenBytes.contains(Array(" o".utf8)))
    }

    @Test func spellsBytesOfByteLevelLetters() throws {
        let tokenizer = try Tokenizer(path: "\(Files.fixtures)/byte-level.json")
        #expect(tokenizer.tokenBytes.contains([0x20]))
        #expect(tokenizer.tokenBytes.contains([0x0A]))
        #expect(tokenizer.tokenBytes.contains([0xFF]))
        #expect(tokenizer.kind == "BPE (byte level)")
    }

    @Test func leavesControlTokensAloneOnRequest() throws {
        let tokenizer = try Tokenizer(path: "\(Files.fixtures)/byte-level.json")
        let text = Array("a<|end|>b".utf8)
        #expect(tokenizer.encode(text).ids.contains(TokenID(0)))
        let plain = tokenizer.encode(text, addSpecial: false, parseSpecial: false)
        #expect(!plain.ids.contains(TokenID(0)))
        #expect(tokenizer.decode(plain.ids) == text)
    }

    @Test(arguments: names)
    func takesAnyBytes(_ name: String) throws {
        let tokenizer = try Tokenizer(path: "\(Files.fixtures)/\(name).json")
        var chance = Chance(11)
        for _ in 0..<200 {
            let text = (0..<Int.random(in: 0..<40, using: &chance)).map { _ in UInt8.random(in: 0...255, using: &chance)
            }
            let encoding = tokenizer.encode(text, addSpecial: false, parseSpecial: false)
            #expect(encoding.ends == encoding.ends.sorted())
            if name == "byte-level" || name == "regex-split" || name == "unigram-bytes" {
                if name != "byte-level" { #expect(tokenizer.decode(encoding.ids) == text) }
            }
        }
    }

    @Test(arguments: names)
    func extendsToTheSameEncoding(_ name: String) throws {
        let tokenizer = try Tokenizer(path: "\(Files.fixtures)/\(name).json")
        var chance = Chance(5)
        for round in 0..<12 {
            var text: [UInt8] = []
            var previous = Encoding()
            for _ in 0..<30 {
                let old = text.count
                text += chance.text(Int.random(in: 0..<(round < 6 ? 40 : 6), using: &chance))
                let extended = tokenizer.encode(text, extending: previous, of: old)
                #expect(extended == tokenizer.encode(text, addSpecial: false, parseSpecial: false))
                previous = extended
            }
        }
    }

    @Test(arguments: [
        (#"{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}"#, "model.merges[0]"),
        (#"{"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":[["a","b"]]}}"#, "model.merges[0]"),
        (#"{"model":{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}}"#, "model.vocab"),
        (#"{"model":{"type":"WordPiece","vocab":{"a":2,"b":1,"c":2}}}"#, "model.vocab"),
        (#"{"model":{"type":"BPE","vocab":{"a":99999999999},"merges":[]}}"#, "model.vocab.a"),
        (#"{"model":{"type":"BPE","vocab":{"a":8388609},"merges":[]}}"#, "model.vocab.a"),
        (#"{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b","ab"]}}"#, "model.merges[1]"),
        (#"{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b","a  b"]}}"#, "model.merges[1]"),
        (#"{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":[["a","b","ab"]]}}"#, "model.merges[0]"),
        (#"{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":[["a",1]]}}"#, "model.merges[0]"),
        (#"{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":{"a b":0}}}"#, "model.merges"),
        (#"{"model":{"type":"BPE","vocab":{"a":-1},"merges":[]}}"#, "model.vocab.a"),
        (#"{"model":{"type":"BPE","vocab":{"a":"x"},"merges":[]}}"#, "model.vocab.a"),
        (#"{"model":{"type":"BPE","vocab":[],"merges":[]}}"#, "model.vocab"),
        (#"{"model":{"type":"BPE","vocab":{},"merges":[]}}"#, "model.vocab"),
        (#"{"model":{"type":"Unigram","vocab":[["a"]]}}"#, "model.vocab[0]"),
        (#"{"model":{"type":"Unigram","vocab":[["a",0]],"unk_id":4}}"#, "model.unk_id"),
        (#"{"model":{"type":"Magic","vocab":{}}}"#, "model.type"),
        (#"{}"#, "model"),
        (#"{"model":{"type":"WordLevel","vocab":{"a":0}},"normalizer":{"type":"Nope"}}"#, "normalizer.type"),
        (
            #"{"model":{"type":"WordLevel","vocab":{"a":0}},"normalizer":{"type":"Precompiled","precompiled_charsmap":"AAA"}}"#,
            "normalizer.precompiled_charsmap"
        ),
        (
            #"{"model":{"type":"WordLevel","vocab":{"a":0}},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"("},"behavior":"Isolated"}}"#,
            "pre_tokenizer.pattern.Regex"
        ),
        (
            #"{"model":{"type":"WordLevel","vocab":{"a":0}},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"(a+)+[bc]"},"behavior":"Isolated"}}"#,
            "pre_tokenizer.pattern.Regex"
        ),
        (
            #"{"model":{"type":"WordLevel","vocab":{"a":0}},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"a"},"behavior":"x"}}"#,
            "pre_tokenizer.behavior"
        ),
        (
            #"{"model":{"type":"WordLevel","vocab":{"a":0}},"added_tokens":[{"id":-5,"content":"x"}]}"#,
            "added_tokens[0].id"
        ),
        (
            #"{"model":{"type":"WordLevel","vocab":{"a":0}},"added_tokens":[{"id":3,"content":"x"},{"id":3,"content":"y"}]}"#,
            "added_tokens[1].id"
        ),
        (
            #"{"model":{"type":"WordLevel","vocab":{"a":0}},"post_processor":{"type":"BertProcessing","sep":["a",7],"cls":["a",0]}}"#,
            "post_processor.sep[1]"
        ),
    ])
    func namesWhatIsWrong(_ text: String, _ field: String) {
        #expect {
            try Tokenizer(tokenizerJSON: Array(text.utf8), path: "t.json")
        } throws: { error in
            (error as? TokenizerError)?.field == field && (error as? TokenizerError)?.path == "t.json"
        }
    }

    /// Ids that no piece has are unused: text never becomes one, decoding one gives nothing.
    @Test(arguments: [
        #""type":"BPE","vocab":{"ab":6,"b":4,"a":1},"merges":["a b"]"#,
        #""type":"WordLevel","vocab":{"ab":6,"b":4,"a":1}"#,
        #""type":"WordPiece","vocab":{"ab":6,"b":4,"a":1}"#,
    ])
    func vocabulariesWithGaps(_ model: String) throws {
        let text = "{\"model\":{\(model)},\"added_tokens\":[{\"id\":9,\"content\":\"<x>\",\"special\":true}]}"
        let tokenizer = try Tokenizer(tokenizerJSON: Array(text.utf8), path: "t.json")
        #expect(tokenizer.vocabularySize == 10)
        let unused = (0..<10).filter { tokenizer.roles[$0] == .unused }
        #expect(unused == [0, 2, 3, 5, 7, 8])
        #expect(unused.allSatisfy { tokenizer.tokenBytes[$0].isEmpty })
        #expect(tokenizer.encode(Array("ab".utf8)).ids == [TokenID(6)])
        #expect(tokenizer.decode((0..<12).map { TokenID($0) }).filter { $0 != 0x20 }.elementsEqual("abab".utf8))
    }

    /// A piece twice is a key twice, which JSON does not have.
    @Test func aPieceTwice() {
        let text = #"{"model":{"type":"BPE","vocab":{"a":0,"b":1,"a":2},"merges":[]}}"#
        let error = #expect(throws: TokenizerError.self) {
            try Tokenizer(tokenizerJSON: Array(text.utf8), path: "t.json")
        }
        #expect(error?.problem.contains("the key \"a\" twice") == true, "\(error?.problem ?? "")")
    }

    /// Expressions that try ever more ways on everyday text are refused when they are read.
    @Test(arguments: ["(a+)+$", "(a|a)*$", "(\\\\s*)*x", "([a-z]+)*[0-9]"])
    func expressionsThatBlowUp(pattern: String) {
        let text =
            #"{"model":{"type":"WordLevel","vocab":{"a":0}},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"\#(pattern)"},"behavior":"Isolated"}}"#
        let error = #expect(throws: TokenizerError.self) {
            try Tokenizer(tokenizerJSON: Array(text.utf8), path: "t.json")
        }
        #expect(error?.field == "pre_tokenizer.pattern.Regex")
        #expect(error?.problem.contains(pattern.replacing("\\\\", with: "\\")) == true, "\(error?.problem ?? "")")
    }

    @Test func survivesMutations() throws {
        var chance = Chance(3)
        for name in Self.names {
            let bytes = try Files.bytes("\(Files.fixtures)/\(name).json")
            for _ in 0..<150 {
                var mutated = bytes
                if Bool.random(using: &chance) {
                    mutated.removeLast(Int.random(in: 1..<bytes.count, using: &chance))
                } else {
                    for _ in 0..<3 {
                        mutated[Int.random(in: 0..<bytes.count, using: &chance)] = UInt8.random(
                            in: 32..<127, using: &chance)
                    }
                }
                if let tokenizer = try? Tokenizer(tokenizerJSON: mutated, path: "m.json") {
                    _ = tokenizer.encode(Array("Oren mends 12 é".utf8))
                }
            }
        }
    }

    @Test func encodesAMegabyteOfOneWordQuickly() throws {
        for name in ["byte-level", "byte-fallback", "unigram"] {
            let tokenizer = try Tokenizer(path: "\(Files.fixtures)/\(name).json")
            let word = (0..<1_000_000).map { (index: Int) -> UInt8 in UInt8(97 + index * 7919 / 13 % 26) }
            var encoding = Encoding()
            let duration = ContinuousClock().measure { encoding = tokenizer.encode(word) }
            #expect(encoding.ends.last == word.count)
            // Quadratic work would take hours.
            #expect(duration < .seconds(30))
            print("a megabyte word, \(name): \(duration)")
        }
    }

    @Test func encodesALongWordOfWordPiecesQuickly() throws {
        // A model without the usual limit of a hundred characters a word, as those of GGUF files are.
        let json = String(decoding: try Files.bytes("\(Files.fixtures)/word-piece.json"), as: UTF8.self)
        let limit = #""max_input_chars_per_word":40"#
        #expect(json.contains(limit))
        let unlimited = json.replacingOccurrences(of: limit, with: #""max_input_chars_per_word":2000000"#)
        let tokenizer = try Tokenizer(tokenizerJSON: Array(unlimited.utf8), path: "word-piece.json")
        let word = Array(repeating: UInt8(ascii: "e"), count: 1_000_000)
        var encoding = Encoding()
        let duration = ContinuousClock().measure { encoding = tokenizer.encode(word, addSpecial: false) }
        #expect(encoding.ids.count > 1 && encoding.ends.last == word.count)
        // Quadratic work would take hours.
        #expect(duration < .seconds(30))
    }
}

extension [UInt8] {
    func contains(subsequence: [UInt8]) -> Bool {
        guard count >= subsequence.count else { return false }
        return (0...(count - subsequence.count)).contains { self[$0...].starts(with: subsequence) }
    }
}

/// Just enough to hand a part of a fixture back to the reader.
enum JSONText {
    static func write(_ value: JSON) throws -> String {
        switch value {
        case .null: return "null"
        case .bool(let value): return "\(value)"
        case .integer(let value): return "\(value)"
        case .double(let value): return "\(value)"
        case .string(let bytes):
            var text = "\""
            for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
                if scalar.value < 0x20 || scalar == "\"" || scalar == "\\" {
                    let digits = String(scalar.value, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
            return text + "\""
        case .array(let values): return "[" + (try values.map(write).joined(separator: ",")) + "]"
        case .object(let object):
            return "{"
                + (try object.members.map { "\(try write(.string($0.key))):\(try write($0.value))" }
                    .joined(separator: ",")) + "}"
        }
    }
}
