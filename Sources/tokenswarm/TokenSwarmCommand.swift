internal import ArgumentParser

/// The command line: parsing and printing only.
@main
struct TokenSwarmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenswarm",
        abstract: "Compose language models that do not look alike, and search the mixing weights.")
}
