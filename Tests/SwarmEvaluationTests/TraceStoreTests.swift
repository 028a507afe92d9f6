import Foundation
import SwarmComposition
import SwarmEvaluation
import SwarmKernels
import Synchronization
import Testing

@Suite struct TraceStoreTests {
    @Test func readsOnceAndAgainOnlyWhenSomethingChanged() throws {
        let folder = try TemporaryFolder()
        let data = try madeUpTasks(in: folder)[0]
        let calls = CallCounter()
        let store = TraceStore(runFolder: folder.path)
        let source = madeUpSource("m/1", stride: 2, likes: 0x61, calls: calls)
        let first = try store.traces(of: data.search, by: [source], control: RunControl())
        #expect(calls.value == 24)
        #expect(try store.traces(of: data.search, by: [source], control: RunControl()) == first)
        #expect(calls.value == 24)

        // Another model under the same name.
        let other = TraceSource(name: "m/1", digest: "other", makeScorer: source.makeScorer)
        _ = try store.traces(of: data.search, by: [other], control: RunControl())
        #expect(calls.value == 48)

        // A damaged file.
        let path = folder.path + "/traces/text.dev.m%2f1.trace"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(try store.traces(of: data.search, by: [other], control: RunControl())[0].scores == first[0].scores)
        #expect(calls.value == 72)
    }

    @Test func readsAgainForATemperatureItLacks() throws {
        let folder = try TemporaryFolder()
        let data = try madeUpTasks(in: folder)[0]
        let calls = CallCounter()
        let store = TraceStore(runFolder: folder.path)
        let source = madeUpSource("m", stride: 2, likes: 0x61, calls: calls)
        func read(_ temperatures: [Double]) throws -> Trace {
            try store.traces(of: data.search, by: [source], temperatures: temperatures, control: RunControl())[0]
        }
        let plain = try read([])
        let warm = try read([0.5, 2])
        #expect(calls.value == 48)
        #expect(
            warm.temperatures == [0.5, 2] && warm.scores[0][0].logPartitions.count == 2 * plain.scores[0][0].ends.count)
        // Less is a part of it, and more is read once with all there was.
        #expect(try read([]) == plain)
        #expect(try read([2]) == warm.narrowed(to: [2]))
        #expect(calls.value == 48)
        #expect(try read([4]).temperatures == [4])
        #expect(calls.value == 72)
        #expect(try read([0.5, 2]) == warm)
        #expect(calls.value == 72)
    }

    @Test func doesNotDependOnThreads() throws {
        let folder = try TemporaryFolder()
        let data = try madeUpTasks(in: folder)[1]
        let traces = try [1, 2, 5].map { threads in
            try TraceStore(runFolder: nil).traces(
                of: data.test, by: madeUpSources(), control: RunControl(pool: ThreadPool(threadCount: threads)))
        }
        #expect(traces[0] == traces[1] && traces[1] == traces[2])
    }

    @Test func anInterruptedRunKeepsFinishedMembers() throws {
        let folder = try TemporaryFolder()
        let data = try madeUpTasks(in: folder)[0]
        let calls = CallCounter()
        let store = TraceStore(runFolder: folder.path)
        let stopping = RunControl(isCancelled: { calls.value >= 24 + 7 })
        #expect(throws: EvaluationError.interrupted) {
            try store.traces(of: data.search, by: madeUpSources(calls: calls), control: stopping)
        }
        let before = calls.value
        _ = try store.traces(of: data.search, by: madeUpSources(calls: calls), control: RunControl())
        #expect(calls.value - before == 48)
    }

    @Test func aFailingMemberIsAnError() throws {
        struct Broken: Error {}
        let folder = try TemporaryFolder()
        let data = try madeUpTasks(in: folder)[0]
        let broken = TraceSource(name: "broken", digest: "") { _ in { _ in throw Broken() } }
        #expect(throws: Broken.self) {
            try TraceStore(runFolder: folder.path).traces(of: data.search, by: [broken], control: RunControl())
        }
        let short = TraceSource(name: "short", digest: "") { _ in
            { _ in [.init(ends: [1], logProbabilities: [-1], entropies: [0])] }
        }
        #expect(throws: EvaluationError.self) {
            try TraceStore(runFolder: folder.path).traces(of: data.search, by: [short], control: RunControl())
        }
    }

    @Test func reportsProgress() throws {
        let folder = try TemporaryFolder()
        let data = try madeUpTasks(in: folder)[0]
        let seen = Mutex<[Int]>([])
        _ = try TraceStore(runFolder: nil).traces(
            of: data.search, by: [madeUpSources()[0]],
            control: RunControl(progress: { progress in
                #expect(progress.phase == "reading one: text dev" && progress.total == 24)
                seen.withLock { $0.append(progress.done) }
            }))
        #expect(seen.withLock { $0 } == Array(1...24))
    }
}
