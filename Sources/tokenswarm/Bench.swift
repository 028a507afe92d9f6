internal import ArgumentParser
internal import Foundation
internal import SwarmComposition
internal import SwarmEvaluation
internal import SwarmKernels
internal import SwarmModels

/// `tokenswarm bench`
struct Bench: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case md, json, csv
    }

    static let configuration = CommandConfiguration(
        abstract: "Tokens a second of every member and of the composition, as llama-bench measures them.",
        discussion: """
            pp N: a prompt of N tokens in one pass; score N the same with the log-probability of each. tg N: N tokens \
            generated one at a time; b N: as many in each of N sequences, all together. Mean ± standard deviation of the \
            repetitions. For the composition, overhead is its time over that of its members' own passes, and evaluations \
            count the members' tokens a generated symbol.
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var speed: SpeedFlags

    @Option(name: [.customShort("p"), .customLong("n-prompt")], help: "Tokens of the prompt; 0 leaves the test out.")
    var promptTokens = 512

    @Option(name: [.customShort("n"), .customLong("n-gen")], help: "Tokens to generate; 0 leaves the test out.")
    var generatedTokens = 128

    @Option(name: [.customShort("b"), .long], help: "Also generate in so many sequences at once.")
    var sequences = 0

    @Flag(help: "Also read the prompt with the log-probability of every token.")
    var score = false

    @Option(name: .shortAndLong, help: "How often each test is run.")
    var repetitions = 5

    @Option(name: .shortAndLong, help: "md, json or csv.")
    var output = Format.md

    func validate() throws {
        for (flag, value, least) in [
            ("--n-prompt", promptTokens, 0), ("--n-gen", generatedTokens, 0), ("--repetitions", repetitions, 1),
            ("--sequences", sequences, 0),
        ] where !(least...1_000_000).contains(value) {
            throw ValidationError("\(flag): found \(value), expected \(least) to 1000000")
        }
    }

    /// A result with what it was measured on.
    private struct Row: Encodable {
        var name: String
        var type: String
        var bytes: Int
        var threads: Int
        var isa: String
        var test: String
        var avgTs: Double
        var stddevTs: Double
        var samplesTs: [Double]
        var overhead: Double?
        var evaluationsPerToken: Double?
        var residentBytes: Int
    }

    func run() throws {
        let recipe = try source.recipe()
        let composition = try recipe.composition(check: compute.tensorCheck, cache: compute.cacheTypes)
        let tokens = composition.members.map { _ in max(promptTokens, generatedTokens * max(1, sequences)) }
        try MemoryNeed(composition.members, tokens: tokens).check()
        let benchmark = Benchmark(
            promptTokens: promptTokens, generatedTokens: generatedTokens, sequences: sequences, scores: score,
            repetitions: repetitions)
        let pool = compute.makePool()
        var rows: [Row] = []
        do {
            for member in composition.members {
                if StandardError.isTerminal { StandardError.write("\(member.name)\n") }
                let results = try benchmark.measure(member, pool: pool, isCancelled: { Interrupt.requested })
                let summary = member.model.summary
                let type = summary.types.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
                rows += results.map { row($0, type: type, bytes: summary.weightBytes) }
            }
            if composition.members.count > 1, generatedTokens > 0 {
                if StandardError.isTerminal { StandardError.write("composition\n") }
                let result = try benchmark.measure(
                    composition, weights: recipe.weights, pool: pool, threadsPerMember: speed.memberThreads,
                    speculation: speed.speculation,
                    isCancelled: { Interrupt.requested })
                let bytes = composition.members.reduce(0) { $0 + $1.model.summary.weightBytes }
                rows.append(row(result, type: "", bytes: bytes))
            }
        } catch is CancellationError {
            throw Failure.interrupted("interrupted")
        }
        try write(rows)
    }

    private func row(_ result: Benchmark.Result, type: String, bytes: Int) -> Row {
        Row(
            name: result.name, type: type, bytes: bytes, threads: compute.threadCount, isa: instructionSet,
            test: result.test, avgTs: result.mean, stddevTs: result.deviation, samplesTs: result.samples,
            overhead: result.overhead, evaluationsPerToken: result.evaluationsPerToken,
            residentBytes: ProcessMemory.residentCount)
    }

    private func write(_ rows: [Row]) throws {
        let header = ["model", "type", "MiB", "threads", "test", "t/s", "overhead", "evaluations", "resident MiB"]
        func cells(_ row: Row, spread: String) -> [String] {
            [
                row.name, row.type, String(format: "%.1f", Double(row.bytes) / 1_048_576), "\(row.threads)", row.test,
                String(format: "%.2f", row.avgTs) + spread, row.overhead.map { String(format: "%.3f", $0) } ?? "",
                row.evaluationsPerToken.map { String(format: "%.2f", $0) } ?? "",
                String(format: "%.1f", Double(row.residentBytes) / 1_048_576),
            ]
        }
        switch output {
        case .json: try StandardOutput.write(json: rows, snakeCase: true)
        case .csv:
            let lines =
                [header + ["stddev"]] + rows.map { cells($0, spread: "") + [String(format: "%.2f", $0.stddevTs)] }
            StandardOutput.write(CSV.text(lines))
        case .md:
            let lines = rows.map { cells($0, spread: " ± " + String(format: "%.2f", $0.stddevTs)) }
            let all = [header, header.indices.map { $0 == 0 ? "---" : "---:" }] + lines
            StandardOutput.write(all.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n") + "\n")
        }
    }
}
