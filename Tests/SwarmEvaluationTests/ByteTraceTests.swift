import Foundation
import SwarmComposition
import SwarmEvaluation
import SwarmKernels
import SwarmModels
import SwarmOptimizers
import Testing

/// Traces of bytes: search, EM and comparison on what members of two tokenizers say byte by byte.
@Suite struct ByteTraceTests {
    private let folder: TemporaryFolder
    private let data: TaskData
    private let members: [RunMember]

    init() throws {
        folder = try TemporaryFolder()
        data = try madeUpTasks(in: folder, dev: 6, test: 2)[0]
        let zoo = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("bench/zoo/members").path
        members = try ["almanac", "bestiary"].map { name in
            let checkpoint = try Checkpoint.open("\(zoo)/\(name)")
            return RunMember(
                member: Member(name: name, model: checkpoint.model, tokenizer: checkpoint.tokenizer),
                facts: facts(name))
        }
    }

    private func table(_ alignment: AlignmentSettings, _ pool: PoolSettings = PoolSettings()) throws
        -> TaskTable<SearchSplit>
    {
        let sources = members.map { TraceSource($0, alignment: alignment, pool: pool) }
        return TaskTable(
            examples: data.search,
            traces: try TraceStore(runFolder: folder.path).traces(of: data.search, by: sources, control: RunControl()))
    }

    private var texts: [[UInt8]] {
        data.search.items.map { item in
            guard case .text(let text) = item.content else { return [] }
            return text
        }
    }

    /// Whole distributions that do not fit are refused before anything is read.
    @Test func refusesDistributionsThatDoNotFit() throws {
        func read(_ pool: PoolSettings, available: Int) throws {
            let sources = members.map { TraceSource($0, alignment: AlignmentSettings(mode: .bytes), pool: pool) }
            _ = try TraceStore(runFolder: nil).traces(
                of: data.search, by: sources, control: RunControl(), available: available)
        }
        let size = texts.reduce(0) { $0 + $1.count }
        let error = try #require(throws: TraceMemoryError.self) {
            try read(PoolSettings(kind: .logLinear), available: 1000)
        }
        #expect(error.need == size * 2 * 257 * 4 * 3)
        #expect(error.description.contains("found 1000 B of memory") && error.description.contains("\(size) bytes, 2"))
        // Linear pools keep none of them.
        try read(PoolSettings(), available: 0)
    }

    /// Whatever is asked of a trace is what scoring the text says.
    @Test func particlesScoreAsTheComposition() throws {
        let particles = [[1.0, 0], [0, 1], [0.3, 0.7]]
        for pool in [PoolSettings(), PoolSettings(kind: .logLinear)] {
            let alignment = AlignmentSettings(mode: .bytes)
            let table = try table(alignment, pool)
            #expect(table.segments.segmentCount == texts.reduce(0) { $0 + $1.count })
            #expect(table.segments.hasRows == (pool.kind == .logLinear))
            let composition = try Composition(members: members.map(\.member), alignment: alignment, pool: pool)
            let found = try TraceUtility(tables: [table], pool: pool).scores(of: particles)
            for (weights, utility) in zip(particles, found) {
                var bits = 0.0
                for text in texts {
                    bits +=
                        try composition.bitsPerByte(of: text, weights: weights, threads: ThreadPool(threadCount: 1))
                        .composition * Double(text.count)
                }
                #expect(abs(utility + bits / Double(texts.reduce(0) { $0 + $1.count })) < 1e-6)
            }
        }
    }

    /// EM on bytes is at least as good as any one-hot and the uniform composition.
    @Test func maximumLikelihoodIsTheBest() throws {
        let utility = try TraceUtility(tables: [try table(AlignmentSettings(mode: .bytes))], pool: PoolSettings())
        let best = utility.maximumLikelihood().weights
        let scores = try utility.scores(of: [best, [1, 0], [0, 1], [0.5, 0.5]])
        for other in scores.dropFirst() { #expect(scores[0] >= other - 1e-6) }
    }

    /// A run folder keeps the traces of one alignment; those of another are never taken for them.
    @Test func alignmentsDoNotShareTraces() throws {
        let bytes = try table(AlignmentSettings(mode: .bytes))
        let union = try table(AlignmentSettings(mode: .union))
        #expect(union.segments.segmentCount < bytes.segments.segmentCount)
        #expect(try table(AlignmentSettings(mode: .bytes)).segments == bytes.segments)
        // Linear hybrids decide once a joint segment.
        #expect(try table(AlignmentSettings(mode: .hybrid)).segments == union.segments)
    }

    @Test func logLinearPoolsNeedBytesForText() throws {
        let pool = PoolSettings(kind: .logLinear)
        #expect(throws: CompositionError.logLinearNeedsDistributions) {
            try TraceUtility(tables: [try table(AlignmentSettings(mode: .union), pool)], pool: pool)
        }
        let hybrid = try TraceUtility(tables: [try table(AlignmentSettings(mode: .hybrid), pool)], pool: pool)
        #expect(try hybrid.scores(of: [[1, -0.2]])[0].isFinite)
    }
}
