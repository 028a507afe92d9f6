internal import ArgumentParser
internal import Foundation
internal import SwarmFormats
internal import SwarmTokenizers

/// `tokenswarm tokenize`
struct Tokenize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turn standard input into token ids, or ids back into text.",
        discussion: """
            Reads text from standard input and writes a JSON array of token ids. With --decode, reads a JSON array of \
            ids and writes the text. With --lines, many texts at once: a JSON string or array a line in, the other out.
            """)

    @Option(help: "A model or tokenizer: GGUF file, Hugging Face folder, tokenizer.json or tokenizer.model.")
    var member: String

    @Flag(help: "Neither add nor print special tokens such as BOS.")
    var noSpecial = false

    @Flag(help: "Read ids, write text.")
    var decode = false

    @Flag(
        help: """
            Read a JSON string (with --decode an array of ids) a line, write one result a line. An array of two strings \
            is a pair of texts.
            """)
    var lines = false

    @Option(
        help: ArgumentHelp(
            "Encode the text this often and write the seconds of processor time of each as JSON.", valueName: "n"))
    var measure: Int?

    func validate() throws {
        if let measure, measure < 1 || decode || lines {
            throw ValidationError("--measure: expected a number from 1 up, and neither --decode nor --lines")
        }
    }

    func run() throws {
        try Failure.require(member, as: "member")
        let tokenizer = try Tokenizer(path: member)
        let input = try Input.standardInput()
        if let measure {
            StandardOutput.write(Self.times(tokenizer, input, count: measure, addSpecial: !noSpecial))
        } else if lines {
            for line in input.split(separator: 0x0A) {
                let result =
                    decode
                    ? try Self.quoted(tokenizer.decode(try ids(Array(line), tokenizer), skipSpecial: noSpecial))
                    : Self.array(try ids(ofLine: Array(line), tokenizer))
                StandardOutput.write(result + "\n")
            }
        } else if decode {
            StandardOutput.write(tokenizer.decode(try ids(input, tokenizer), skipSpecial: noSpecial))
        } else {
            StandardOutput.write(Self.array(tokenizer.encode(input, addSpecial: !noSpecial).ids) + "\n")
        }
    }

    private static func array(_ ids: [TokenID]) -> String {
        "[" + ids.map { "\($0.rawValue)" }.joined(separator: ",") + "]"
    }

    /// `{"bytes", "tokens", "seconds": […]}` of encoding `text` so many times, loading not included: seconds of processor
    /// time, which other programs on the machine do not lengthen.
    private static func times(_ tokenizer: Tokenizer, _ text: [UInt8], count: Int, addSpecial: Bool) -> String {
        var tokens = 0
        let seconds = (0..<count).map { _ in
            let start = clock()
            tokens = tokenizer.encode(text, addSpecial: addSpecial).ids.count
            return "\(Double(clock() - start) / 1_000_000)"
        }
        return #"{"bytes":\#(text.count),"tokens":\#(tokens),"seconds":[\#(seconds.joined(separator: ","))]}"# + "\n"
    }

    /// The ids of a line with a JSON string, or with an array of two: texts that belong together.
    private func ids(ofLine line: [UInt8], _ tokenizer: Tokenizer) throws -> [TokenID] {
        switch try JSON(parsing: line, file: "standard input") {
        case .string(let text): return tokenizer.encode(text, addSpecial: !noSpecial).ids
        case .array(let elements):
            if elements.count == 2, !noSpecial, case .string(let first) = elements[0],
                case .string(let second) = elements[1]
            {
                return tokenizer.encode(first, and: second)
            }
        default: break
        }
        throw Failure.data(
            "found no JSON string on a line of standard input, expected one such as \"text\", or two in an array")
    }

    /// A JSON string; bytes that are not UTF-8 are replaced.
    private static func quoted(_ text: [UInt8]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(String(decoding: text, as: UTF8.self)), as: UTF8.self)
    }

    /// The ids of a JSON array.
    private func ids(_ text: [UInt8], _ tokenizer: Tokenizer) throws -> [TokenID] {
        let size = tokenizer.vocabularySize
        guard case .array(let elements) = try JSON(parsing: text, file: "standard input") else {
            throw Failure.data("found no JSON array on standard input, expected token ids such as [1,2,3]")
        }
        return try elements.enumerated().map { position, element in
            guard case .integer(let id) = element, (0..<size).contains(id) else {
                throw Failure.data("element \(position) of standard input: expected a token id from 0 to \(size - 1)")
            }
            return TokenID(id)
        }
    }
}
