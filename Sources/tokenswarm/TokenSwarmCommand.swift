internal import ArgumentParser
internal import SwarmEvaluation
internal import SwarmKernels

/// The command line: parsing and printing only.
@main
struct TokenSwarmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenswarm",
        abstract: "Compose language models that do not look alike, and search the mixing weights.",
        discussion: """
            Members may differ in architecture, size, file format and tokenizer: GGUF files and Hugging Face folders. \
            Their next-token distributions are mixed over a shared vocabulary; the weights are found by particle swarm \
            optimisation on your examples and reported beside every control.

            Start with:  tokenswarm search RECIPE -o RUN,  tokenswarm compare RUN,  tokenswarm generate RUN --prompt TEXT

            Exit codes: 0 done, 64 usage, 65 bad data, 66 missing input, 70 internal error, 74 output cannot be written, \
            130 interrupted.
            """,
        version: "tokenswarm 0.1.0",
        subcommands: [
            Search.self, Compare.self, KneeCommand.self, Runs.self, Generate.self, Score.self, Map.self, Inspect.self,
            Bench.self, Tokenize.self, Logits.self,
        ])

    /// Says which commands there are where the first argument is none: the parser takes it for one argument too many.
    private static func checkCommand(_ name: String?) throws {
        let names = configuration.subcommands.map { $0.configuration.commandName ?? $0._commandName } + ["help"]
        guard let name, !name.hasPrefix("-"), !names.contains(name) else { return }
        let hint = nearest(to: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
        throw Failure.usage("found the command \"\(name)\", expected one of \(names.joined(separator: ", "))\(hint)")
    }

    /// Says which kernels run where it is not those that were asked for or could be.
    private static func checkKernels() throws {
        do { try checkInstructionSet() } catch { throw Failure.usage("\(error)") }
        for name in instructionSetsGivenUp {
            StandardError.write("warning: \(name) is not used: its results are wrong on this processor\n")
        }
    }

    /// Parses and runs, and turns every error into one line on stderr and a documented exit code.
    static func main() {
        Interrupt.install()
        do {
            try checkCommand(CommandLine.arguments.dropFirst().first)
            var command = try parseAsRoot()
            try checkKernels()
            try command.run()
            try StandardOutput.flush()
        } catch {
            Failure.exit(with: error, of: TokenSwarmCommand.self)
        }
    }
}
