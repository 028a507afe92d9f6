internal import ArgumentParser
internal import SwarmComposition

/// What makes generation quicker and changes no text.
struct SpeedFlags: ParsableArguments {
    @Option(
        help: """
            Guess tokens ahead, so that members evaluate several in one pass: none, lookup (as the text went on where it \
            last read alike) or member (the smallest member writes ahead). The text is the same.
            """)
    var draft = SpeculationSettings.Source.none

    @Option(help: "Tokens guessed ahead at most.")
    var draftMax = 8

    @Option(
        help: """
            Evaluate members side by side, each on so many threads; 0: one after another on all threads. Default: side \
            by side on a thread each where there are enough of them and none has much more weights than its share.
            """)
    var memberThreads: Int?

    func validate() throws {
        if let memberThreads, !(0...1024).contains(memberThreads) {
            throw ValidationError("--member-threads: found \(memberThreads), expected 0 to 1024")
        }
        guard (1...256).contains(draftMax) else {
            throw ValidationError("--draft-max: found \(draftMax), expected 1 to 256")
        }
    }

    var speculation: SpeculationSettings { SpeculationSettings(source: draft, longest: draftMax) }
}

extension SpeculationSettings.Source: ExpressibleByArgument {}
