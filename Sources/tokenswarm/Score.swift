internal import ArgumentParser
internal import Foundation
internal import SwarmComposition
internal import SwarmEvaluation

/// `tokenswarm score`
struct Score: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bits per byte of a text, for the composition and for every member alone.",
        discussion: """
            Bits per byte are −log₂ P(text) / bytes: the one likelihood that models with different tokenizers share. \
            The composition is a mixture over joint segments, the stretches between places where every member has a \
            token boundary. Texts longer than a member's context are read in windows that overlap by half.
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var compute: ComputeOptions

    @Option(help: "The text file; - is standard input.", completion: .file())
    var text: String

    @Flag(help: "Write JSON.")
    var json = false

    private struct Line: Encodable {
        var bitsPerByte: FiniteOrNull
        var bytes: Int
        var weight: Double?
    }

    private struct Output: Encodable {
        var bitsPerByte: FiniteOrNull
        var bytes: Int
        var segments: Int
        var members: [String: Line]
    }

    func run() throws {
        let recipe = try source.recipe()
        let bytes = try Input.read(text, as: "text")
        guard !bytes.isEmpty else { throw Failure.data("found an empty text, \(text): expected at least one byte") }
        let members = try recipe.composition().members
        let pool = compute.makePool()
        var scores: [TokenScores] = []
        for member in members {
            try Interrupt.check()
            if StandardError.isTerminal { StandardError.write("reading as \(member.name)\n") }
            scores.append(try TextScorer(member: member, pool: pool).score(bytes))
        }
        let segments = JointSegments(scores)
        var table = SegmentTable(memberCount: members.count)
        table.append(segments)
        let oneHots = members.indices.map { m in members.indices.map { $0 == m ? 1.0 : 0.0 } }
        let logs = try Pool.logLikelihoods(
            of: table, particles: [recipe.weights] + oneHots, pool: recipe.pool)
        let bits = logs.map { -$0[0] / log(2) / Double(bytes.count) }
        try report(bits, byteCount: bytes.count, segments: segments.count, recipe: recipe)
    }

    private func report(_ bits: [Double], byteCount: Int, segments: Int, recipe: Recipe) throws {
        if json {
            var lines: [String: Line] = [:]
            for (spec, value) in zip(recipe.members, bits.dropFirst()) {
                lines[spec.name] = Line(bitsPerByte: FiniteOrNull(value), bytes: byteCount, weight: spec.weight)
            }
            try StandardOutput.write(
                json: Output(bitsPerByte: FiniteOrNull(bits[0]), bytes: byteCount, segments: segments, members: lines),
                snakeCase: true)
            return
        }
        var table = TextTable(["", "weight", "bits per byte"])
        for (spec, value) in zip(recipe.members, bits.dropFirst()) {
            table.add([spec.name, String(format: "%.4f", spec.weight), Self.text(value)])
        }
        table.add(["composition", "", Self.text(bits[0])])
        StandardOutput.write("\(byteCount) bytes, \(segments) joint segments\n\n\(table.text)")
    }

    private static func text(_ bits: Double) -> String {
        bits.isFinite ? String(format: "%.4f", bits) : "∞ (cannot write it)"
    }
}
