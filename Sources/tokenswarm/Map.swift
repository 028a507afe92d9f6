internal import ArgumentParser
internal import Foundation
internal import SwarmComposition
internal import SwarmEvaluation
internal import SwarmVocabulary

/// `tokenswarm map`
struct Map: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Build or show the shared vocabulary map of several tokenizers.",
        subcommands: [Build.self, Show.self])

    /// `tokenswarm map build`
    struct Build: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Build the map of a composition's members and print how far their vocabularies agree.")

        @OptionGroup var source: SourceOptions

        @Option(name: .shortAndLong, help: "The map file to write.", completion: .file(extensions: ["tsmap"]))
        var output: String

        @Option(help: "When two byte strings are one symbol: none, nfc, nfkc or nfkc-casefold. Default: nfc.")
        var normalization: String?

        @Flag(help: "Write the coverage as JSON.")
        var json = false

        func run() throws {
            var recipe = try source.recipe()
            recipe.map = nil
            if let normalization {
                guard let value = AlignmentSettings.Normalization(rawValue: normalization) else {
                    throw Failure.usage(
                        "--normalization: found \"\(normalization)\", expected none, nfc, nfkc or nfkc-casefold")
                }
                recipe.alignment.normalization = value
            }
            let vocabulary = try recipe.vocabulary(for: recipe.openTokenizers())
            try VocabularyMapFile.write(vocabulary, to: output)
            try printCoverage(of: vocabulary, json: json)
        }
    }

    /// `tokenswarm map show`
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print how far the vocabularies of a map agree.")

        @Argument(help: "A map file.", completion: .file(extensions: ["tsmap"]))
        var file: String

        @Flag(help: "Write JSON.")
        var json = false

        func run() throws {
            try Failure.require(file, as: "vocabulary map")
            try printCoverage(of: VocabularyMapFile.read(file), json: json)
        }
    }
}

/// Prints what a map's vocabularies share, as JSON or as two tables.
private func printCoverage(of vocabulary: SharedVocabulary, json: Bool) throws {
    let coverage = vocabulary.coverage
    if json {
        try StandardOutput.write(json: coverage, snakeCase: true)
        return
    }
    var members = TextTable([
        "member", "tokens", "symbols", "end", "masked", "partial UTF-8", "in pieces", "unwritable",
    ])
    for member in coverage.members {
        members.add(
            [member.name]
                + [
                    member.tokens, member.symbols, member.endTokens, member.masked, member.partialUTF8, member.inPieces,
                    member.unwritable,
                ].map(String.init))
    }
    var overlaps = TextTable(["shared symbols"] + coverage.members.map(\.name))
    for row in coverage.members {
        overlaps.add(
            [row.name]
                + coverage.members.map { column in
                    if row.name == column.name { return "\(row.symbols)" }
                    let pair = coverage.overlaps.first {
                        ($0.first == row.name && $0.second == column.name)
                            || ($0.first == column.name && $0.second == row.name)
                    }
                    return pair.map { "\($0.shared)" } ?? ""
                })
    }
    StandardOutput.write(
        "\(coverage.symbols) symbols of \(coverage.keys) byte strings (\(coverage.normalization), "
            + "\(coverage.mergedClasses) merged)\n\n\(members.text)\n\(overlaps.text)")
}
