internal import Foundation
internal import SwarmComposition
internal import SwarmEvaluation
internal import SwarmModels
internal import Synchronization

/// What `search` and `compare` work with: members opened and digested, tasks read, progress shown, Ctrl-C heard.
struct Workbench {
    let recipe: Recipe
    let composition: Composition
    let members: [RunMember]
    let data: [TaskData]
    let control: RunControl

    init(_ recipe: Recipe, compute: ComputeOptions) throws {
        self.recipe = recipe
        guard !recipe.tasks.isEmpty else {
            throw Failure.data("tasks, \(recipe.name): found none, expected at least one task to search on")
        }
        for task in recipe.tasks {
            try Failure.require(task.dev, as: "dev split of task \(task.name)")
            try Failure.require(task.test, as: "test split of task \(task.name)")
        }
        data = try TaskData.read(recipe.tasks, acceptsTestSet: recipe.searchesTestSet)
        members = try recipe.members.map {
            try RunMember(
                name: $0.name,
                checkpoint: Checkpoint.open($0.path, check: compute.tensorCheck, cache: compute.cacheTypes))
        }
        // Members read one after another: each must fit, not all of them together.
        for member in members { try MemoryNeed([member.member], tokens: [0]).check() }
        composition = try recipe.composition(of: members.map(\.member))
        let progress = SharedProgress()
        Interrupt.announce("finishing what is at hand, then saving; Ctrl-C again leaves at once")
        control = RunControl(
            pool: compute.makePool(), progress: { progress.show($0) }, isCancelled: { Interrupt.requested })
    }
}

/// Progress reports from any thread, as one line a phase.
private final class SharedProgress: Sendable {
    private struct State {
        var phase = ""
        var line = ProgressLine("")
    }

    private let state = Mutex(State())

    func show(_ progress: RunControl.Progress) {
        state.withLock { state in
            if state.phase != progress.phase {
                state.phase = progress.phase
                state.line = ProgressLine(progress.phase)
            }
            let share = "\(progress.done) of \(progress.total)"
            let text = progress.note.isEmpty ? share : share + ", " + progress.note
            if progress.done >= progress.total {
                state.line.finish(text)
                state.phase = ""
            } else {
                state.line.update(text)
            }
        }
    }
}
