import SwarmKernels
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
    @Test(arguments: [1, 2, 4]) func everyChunkRunsOnce(threads: Int) {
        let pool = ThreadPool(threadCount: threads)
        #expect(pool.threadCount == threads)
        for count in [0, 1, 2, 3, 100, 1000] {
            let total = Atomic<Int>(0)
            let squares = Atomic<Int>(0)
            for _ in 0..<50 {
                pool.run(chunkCount: count) { chunk in
                    total.add(1, ordering: .relaxed)
                    squares.add(chunk * chunk, ordering: .relaxed)
                }
            }
            #expect(total.load(ordering: .relaxed) == 50 * count)
            #expect(squares.load(ordering: .relaxed) == 50 * (0..<count).reduce(0) { $0 + $1 * $1 })
        }
    }

    /// The first chunk waits for all others, those of its own thread's share among them.
    @Test func othersFinishTheShareOfAThreadThatIsHeldUp() {
        let pool = ThreadPool(threadCount: 2)
        let others = Atomic<Int>(0)
        pool.run(chunkCount: 8) { chunk in
            guard chunk == 0 else {
                others.add(1, ordering: .relaxed)
                return
            }
            let end = ContinuousClock.now + .seconds(20)
            while others.load(ordering: .relaxed) < 7, ContinuousClock.now < end {}
            #expect(others.load(ordering: .relaxed) == 7)
        }
    }

    /// Half of a share at a time, in order, so that the last ranges are short.
    @Test(arguments: [1, 2, 3]) func rangesMakeUpTheWhole(threads: Int) {
        let pool = ThreadPool(threadCount: threads)
        for count in [0, 1, 2, 64, 1000] {
            let record = Record()
            pool.run(RecordingRegion(record: record), chunkCount: count, atOnce: count)
            let found = record.ranges.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
            #expect(found.flatMap { $0 } == Array(0..<count))
            #expect(found.allSatisfy { !$0.isEmpty })
            guard threads > 1, count > 1 else { continue }
            let share = (count + threads - 1) / threads
            #expect(found.allSatisfy { $0.count <= (share + 1) / 2 })
            #expect(found.count <= threads * (share.bitWidth - share.leadingZeroBitCount))
        }
    }

    @Test func regionsInsideRegionsRunToo() {
        let pool = ThreadPool(threadCount: 2)
        let total = Atomic<Int>(0)
        pool.run(chunkCount: 8) { _ in
            pool.run(chunkCount: 8) { _ in total.add(1, ordering: .relaxed) }
        }
        #expect(total.load(ordering: .relaxed) == 64)
    }

    @Test func manyThreadsMayShareAPool() async {
        let pool = ThreadPool(threadCount: 2)
        let sums = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let total = Atomic<Int>(0)
                    for _ in 0..<200 { pool.run(chunkCount: 5) { total.add($0, ordering: .relaxed) } }
                    return total.load(ordering: .relaxed)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sums == [2000, 2000, 2000, 2000])
    }
}

private final class Record: Sendable {
    let ranges = Mutex<[Range<Int>]>([])
}

private struct RecordingRegion: Region {
    let record: Record

    func run(_ chunks: Range<Int>) { record.ranges.withLock { $0.append(chunks) } }

    static var body: @convention(c) (UnsafeMutableRawPointer?, Int, Int) -> Void {
        { unsafe $0?.assumingMemoryBound(to: Self.self).pointee.run($1..<$2) }
    }
}
