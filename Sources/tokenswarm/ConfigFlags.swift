internal import ArgumentParser
internal import Foundation
internal import SwarmEvaluation

/// `--print-config`
struct ConfigFlags: ParsableArguments {
    @Flag(
        help:
            "Show every setting in force and where it comes from (flag, environment, recipe, generation_config, default), and leave."
    )
    var printConfig = false

    /// Writes the settings.
    /// - Parameter more: settings of the command that no recipe has, beside those of `compute`.
    func print(
        _ settings: SettingsInForce, compute: ComputeOptions,
        more: [(name: String, value: String, origin: SettingsInForce.Origin)] = []
    ) throws {
        StandardOutput.write(
            try settings.report(
                arguments: Array(CommandLine.arguments.dropFirst()), more: more + compute.settings()))
    }
}
