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
            token boundary; with --alignment bytes it is one byte by byte, of each member's exact law. With --alignment \
            union --policy it is also what generation by that policy would write the text with, summed over every way \
            to cut it into shared symbols. Texts longer than a member's context are read in windows that overlap by half.
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var config: ConfigFlags

    @Option(help: "The text file; - is standard input.", completion: .file())
    var text = ""

    @Flag(help: "Write JSON.")
    var json = false

    func validate() throws {
        if text.isEmpty, !config.printConfig { throw ValidationError("Missing expected argument '--text <text>'") }
    }

    private struct Line: Encodable {
        var bitsPerByte: FiniteOrNull
        var bytes: Int
        var weight: Double?
    }

    private struct Output: Encodable {
        var bitsPerByte: FiniteOrNull
        var bytes: Int
        var segments: Int
        /// Over shared tokens, where a policy was asked for.
        var generatedBitsPerByte: FiniteOrNull?
        var members: [String: Line]
    }

    func run() throws {
        if config.printConfig { return try config.print(source.settings(), compute: compute) }
        let recipe = try source.recipe()
        let bytes = try Input.read(text, as: "text")
        guard !bytes.isEmpty else { throw Failure.data("found an empty text, \(text): expected at least one byte") }
        let composition = try recipe.composition(check: compute.tensorCheck, cache: compute.cacheTypes)
        let threads = compute.makePool()
        let bits = try composition.bitsPerByte(of: bytes, weights: recipe.weights, threads: threads) { name in
            try Interrupt.check()
            if StandardError.isTerminal { StandardError.write("reading as \(name)\n") }
        }
        var generated: Double?
        if source.alignment.policy != nil, !composition.readsBytes {
            let walk = UnionWalk(composition: composition, threads: threads)
            generated = -(try walk.logProbability(of: bytes, weights: recipe.weights)) / log(2) / Double(bytes.count)
        }
        try report(
            bits, generated: generated, byteCount: bytes.count, recipe: recipe, readsBytes: composition.readsBytes)
    }

    private func report(
        _ bits: BitsPerByte, generated: Double?, byteCount: Int, recipe: Recipe, readsBytes: Bool
    ) throws {
        if json {
            var lines: [String: Line] = [:]
            for (spec, value) in zip(recipe.members, bits.members) {
                lines[spec.name] = Line(bitsPerByte: FiniteOrNull(value), bytes: byteCount, weight: spec.weight)
            }
            try StandardOutput.write(
                json: Output(
                    bitsPerByte: FiniteOrNull(bits.composition), bytes: byteCount, segments: bits.segments,
                    generatedBitsPerByte: generated.map { FiniteOrNull($0) }, members: lines),
                snakeCase: true)
            return
        }
        var table = TextTable(["", "weight", "bits per byte"])
        for (spec, value) in zip(recipe.members, bits.members) {
            table.add([spec.name, String(format: "%.4f", spec.weight), Self.text(value)])
        }
        table.add(["composition", "", Self.text(bits.composition)])
        if let generated {
            table.add(["composition, as \(recipe.alignment.policy.rawValue) generates", "", Self.text(generated)])
        }
        let parts = readsBytes ? "byte by byte" : "\(bits.segments) joint segments"
        StandardOutput.write("\(byteCount) bytes, \(parts)\n\n\(table.text)")
    }

    private static func text(_ bits: Double) -> String {
        bits.isFinite ? String(format: "%.4f", bits) : "∞ (cannot write it)"
    }
}
