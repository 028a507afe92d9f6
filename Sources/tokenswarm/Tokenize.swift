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
            ids and writes the text.
            """)

    @Option(help: "A model or tokenizer: GGUF file, Hugging Face folder, tokenizer.json or tokenizer.model.")
    var member: String

    @Flag(help: "Neither add nor print special tokens such as BOS.")
    var noSpecial = false

    @Flag(help: "Read ids, write text.")
    var decode = false

    func run() throws {
        try Failure.require(member, as: "member")
        let tokenizer = try Tokenizer(path: member)
        let input = Array(FileHandle.standardInput.readDataToEndOfFile())
        if decode {
            let ids = try Self.ids(from: input, vocabularySize: tokenizer.vocabularySize)
            StandardOutput.write(tokenizer.decode(ids, skipSpecial: noSpecial))
        } else {
            let ids = tokenizer.encode(input, addSpecial: !noSpecial).ids
            StandardOutput.write("[" + ids.map { "\($0.rawValue)" }.joined(separator: ",") + "]\n")
        }
    }

    /// The ids of a JSON array.
    private static func ids(from input: [UInt8], vocabularySize: Int) throws -> [TokenID] {
        guard case .array(let elements) = try JSON(parsing: input, file: "standard input") else {
            throw Failure.data("found no JSON array on standard input, expected token ids such as [1,2,3]")
        }
        return try elements.enumerated().map { position, element in
            guard case .integer(let id) = element, (0..<vocabularySize).contains(id) else {
                throw Failure.data(
                    "element \(position) of standard input: expected a token id from 0 to \(vocabularySize - 1)")
            }
            return TokenID(id)
        }
    }
}
