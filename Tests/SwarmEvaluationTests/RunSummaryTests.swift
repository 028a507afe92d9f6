import Foundation
import SwarmEvaluation
import SwarmKernels
import SwarmOptimizers
import Testing

@Suite struct RunSummaryTests {
    /// A run folder as `search` leaves it, as far as these commands read it.
    private func run(in folder: String, isCancelled: @escaping @Sendable () -> Bool = { false }) throws {
        let tasks = try TemporaryFolder()
        let data = try madeUpTasks(in: tasks)
        var recipe = madeUpRecipe(data)
        recipe.members[1].name = "two, \"the\" second"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(recipe.yaml().utf8).write(to: URL(fileURLWithPath: folder + "/recipe.yaml"))
        _ = try SearchRunner(
            recipe: recipe, sources: madeUpSources(), runFolder: folder,
            control: RunControl(pool: ThreadPool(threadCount: 1), isCancelled: isCancelled)
        ).run(data)
    }

    @Test func summarisesAFinishedRun() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/one"
        try run(in: path)
        let summary = try RunSummary(path: path)
        #expect(summary.isFinished && summary.evaluations == 180 && summary.iterations == 9)
        #expect(summary.optimizer == "pso" && summary.seed == 5 && summary.members.count == 3)
        #expect(summary.outcomes.map(\.name) == ["em", "random", "swarm", "uniform"])
        #expect(summary.best == summary.outcomes[2].utility)
        #expect(summary.searchSeconds != nil && summary.test.isEmpty)
        let report = #"{"tasks": [{"name": "text", "test": {"scores": {"swarm": 0.5, "em": null}}}], "more": 1}"#
        _ = try folder.write(report, to: "one/report.json")
        #expect(try RunSummary(path: path).test == ["text": 0.5])
        #expect(try RunSummary.folders(in: folder.path) == [path])
        #expect(try RunSummary.folders(in: path) == [path])
        #expect(throws: (any Error).self) { try RunSummary(path: folder.path) }
    }

    @Test func exportsEveryEvaluation() throws {
        let folder = try TemporaryFolder()
        try run(in: folder.path)
        let export = try RunExport(path: folder.path)
        #expect(export.rows.count == 2 * 180 && export.rows.count { $0.optimizer == "swarm" } == 180)
        #expect(
            export.rows[1].position == [0, 1, 0] && export.rows[21].iteration == 1 && export.rows[21].particle == 1)
        let lines = export.csv().split(separator: "\n")
        #expect(lines.count == 361)
        #expect(lines[0] == #"optimizer,iteration,particle,utility,examples,one,"two, ""the"" second",three"#)
        let fields = lines[1].split(separator: ",", omittingEmptySubsequences: false)
        #expect(fields.count == 8 && Double(fields[3]) == export.rows[0].utility && fields[4].isEmpty)
    }
}
