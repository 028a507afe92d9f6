internal import Foundation
package import SwarmComposition
internal import SwarmFormats
internal import SwarmKernels
internal import SwarmModels
internal import SwarmTokenizers

/// What reads examples: a member, or something that stands for one in tests.
package struct TraceSource: Sendable {
    package let name: String
    /// Changes whenever the scores could.
    package let digest: String
    /// Makes a scorer for one thread: the scores of every text of an example, with log-partitions for the temperatures
    /// it is given.
    package let makeScorer: @Sendable ([Double]) throws -> (Example) throws -> [TokenScores]
    /// Bytes of memory that whole distributions take for every byte of text; 0 where only probabilities of what is written
    /// are kept.
    package var rowBytes = 0

    package init(
        name: String, digest: String,
        makeScorer: @escaping @Sendable ([Double]) throws -> (Example) throws -> [TokenScores]
    ) {
        self.name = name
        self.digest = digest
        self.makeScorer = makeScorer
    }

    /// A member that reads with its own scorer on the thread that asks: by tokens for joint segments, byte by byte where
    /// the alignment mixes so.
    package init(
        _ run: RunMember, alignment: AlignmentSettings = AlignmentSettings(), pool: PoolSettings = PoolSettings()
    ) {
        let member = run.member
        // Keys and values of fewer bits give other numbers.
        let cache = run.member.model.summary.cache
        let digest =
            run.facts.sha256 + run.facts.tokenizerDigest
            + (cache == CacheTypes() ? "" : "cache \(cache.keys.rawValue) \(cache.values.rawValue)")
        guard alignment.readsBytes(for: pool) else {
            self.init(name: member.name, digest: digest) { temperatures in
                let scorer = TextScorer(member: member, temperatures: temperatures, pool: ThreadPool(threadCount: 1))
                return { try Self.scores(of: $0, scorer.score, scorer.score(prompt:continuations:)) }
            }
            return
        }
        let keepsRows = pool.kind == .logLinear
        let settings = LatticeSettings(alignment)
        self.init(
            name: member.name,
            digest: digest + "\(alignment.mode) by bytes \(alignment.epsilon)\(keepsRows ? " rows" : "")"
        ) { temperatures in
            let scorer = ByteScorer(
                member: member, temperatures: temperatures, keepsRows: keepsRows, settings: settings,
                pool: ThreadPool(threadCount: 1))
            return { try Self.scores(of: $0, scorer.score, scorer.score(prompt:continuations:)) }
        }
        if keepsRows { rowBytes = ByteLattice.symbolCount * MemoryLayout<Float>.size }
    }

    private static func scores(
        of example: Example, _ score: ([UInt8]) throws -> TokenScores,
        _ scoreChoices: ([UInt8], [[UInt8]]) throws -> [TokenScores]
    ) throws -> [TokenScores] {
        switch example.content {
        case .text(let text): [try score(text)]
        case .choice(let prompt, let choices, _): try scoreChoices(prompt, choices)
        case .generate: []
        }
    }
}

/// The traces of a run, kept in its folder so that nothing is ever read twice.
package struct TraceStore: Sendable {
    /// `RUN/traces`; nil keeps nothing.
    package let folder: String?

    package init(runFolder: String?) {
        folder = runFolder.map { $0 + "/traces" }
    }

    /// Raised when the meaning of scores changes: older traces are then stale.
    static let version = 2

    /// One trace a source for `examples`, each loaded where it is on disk and still right, else read and stored: one
    /// source after another, examples in parallel. What was finished before an interruption is kept.
    /// - Parameters:
    ///   - temperatures: other than 1, ascending; what members must be read for.
    ///   - available: bytes of memory, which whole distributions must fit.
    /// - Throws: what a scorer throws, `EvaluationError`, `FileError`; `TraceMemoryError` before anything is read.
    package func traces<S: Split>(
        of examples: Examples<S>, by sources: [TraceSource], temperatures: [Double] = [], control: RunControl,
        available: Int = ProcessMemory.availableCount
    ) throws -> [Trace] {
        try TraceMemoryError.check(examples, sources, available: available)
        return try sources.map { try trace(of: examples, by: $0, temperatures: temperatures, control: control) }
    }

    func trace<S: Split>(
        of examples: Examples<S>, by source: TraceSource, temperatures: [Double] = [], control: RunControl
    ) throws -> Trace {
        let task = examples.task
        let key = SHA256.hex(
            "trace \(Self.version)\n\(task.kind.rawValue)\n\(examples.digest)\n\(source.digest)\n".utf8)
        let path = folder.map { "\($0)/\(fileName(task.name)).\(S.name).\(fileName(source.name)).trace" }
        var read = temperatures
        if let path, let known = load(path), known.key == key, known.fits(examples.items) {
            if let narrowed = known.narrowed(to: temperatures) { return narrowed }
            // What is read again keeps what was known.
            read = Set(temperatures + known.temperatures).sorted()
        }

        let phase = "reading \(source.name): \(task.name) \(S.name)"
        let total = examples.items.count
        let wanted = read
        let scores = try parallelMap(
            examples.items, control: control, makeWorker: { try source.makeScorer(wanted) }
        ) { done in
            control.progress(.init(phase: phase, done: done, total: total))
        }
        for (item, scores) in zip(examples.items, scores) {
            let texts = item.scoredTexts
            guard scores.count == texts.count else {
                throw EvaluationError.badScores(
                    member: source.name, example: item.id, problem: "found \(scores.count) texts, not \(texts.count)")
            }
            for (score, text) in zip(scores, texts) {
                if let problem = Trace.problem(of: score, text: text, temperatures: wanted.count) {
                    throw EvaluationError.badScores(member: source.name, example: item.id, problem: problem)
                }
            }
        }
        let trace = Trace(key: key, temperatures: wanted, scores: scores)
        if let path, let folder {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try AtomicFile.write(trace.encoded, to: path)
        }
        return trace.narrowed(to: temperatures) ?? trace
    }

    /// The trace at `path`; nil when there is none or it is damaged, which only costs reading again.
    private func load(_ path: String) -> Trace? {
        guard let file = try? MappedFile(path: path), let bytes = try? file.bytes(in: 0..<file.count) else {
            return nil
        }
        return try? Trace(decoding: bytes, path: path)
    }

    /// A name as part of a file name: letters, digits, `-` and `_` stay, other bytes become `%` and two digits.
    private func fileName(_ name: String) -> String {
        name.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain = byte < 0x80 && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte))
            return isPlain || byte == 0x2D || byte == 0x5F ? String(scalar) : "%" + [byte].hexadecimal
        }.joined()
    }
}
