package import SwarmComposition
internal import SwarmFormats
internal import SwarmKernels

/// What one member said of every example of one split: all that a search ever needs of it.
///
/// On disk: magic `TSTRACE` and version byte; the key (length, bytes); the number of temperatures and each (f64); per
/// example the number of texts, per text the number of tokens, then their ends (u32), log-probabilities, entropies and
/// [tokens × temperatures] log-partitions (f64 bit patterns), then the number of tokens that have a row over all 257
/// symbols, which is none or all, and the rows (f32); SHA-256 of all before. Numbers are little-endian, counts u32.
package struct Trace: Equatable, Sendable {
    /// What the trace was made from, in one digest; a trace with another key is stale.
    package var key: String
    /// The temperatures that the scores' log-partitions are for: not 1, ascending.
    package var temperatures: [Double]
    /// [examples][texts]: one text for `text`, one a choice for `choice`.
    package var scores: [[TokenScores]]

    package init(key: String, temperatures: [Double] = [], scores: [[TokenScores]]) {
        self.key = key
        self.temperatures = temperatures
        self.scores = scores
    }

    static let magic: [UInt8] = Array("TSTRACE".utf8) + [3]

    /// The file's content.
    package var encoded: [UInt8] {
        var bytes = Self.magic
        func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
            for index in 0..<(value.bitWidth / 8) { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
        }
        func append(count: Int, to bytes: inout [UInt8]) { append(UInt32(count), to: &bytes) }
        append(count: key.utf8.count, to: &bytes)
        bytes += key.utf8
        append(count: temperatures.count, to: &bytes)
        for value in temperatures { append(value.bitPattern, to: &bytes) }
        append(count: scores.count, to: &bytes)
        for example in scores {
            append(count: example.count, to: &bytes)
            for text in example {
                append(count: text.ends.count, to: &bytes)
                for end in text.ends { append(count: end, to: &bytes) }
                for value in text.logProbabilities { append(value.bitPattern, to: &bytes) }
                for value in text.entropies { append(value.bitPattern, to: &bytes) }
                for value in text.logPartitions { append(value.bitPattern, to: &bytes) }
                append(count: text.rows.count / ByteLattice.symbolCount, to: &bytes)
                for value in text.rows { append(value.bitPattern, to: &bytes) }
            }
        }
        var hash = SHA256()
        hash.update(bytes)
        bytes += hash.finalize()
        return bytes
    }

    /// Reads what `encoded` wrote.
    /// - Throws: `EvaluationError.badTrace` for anything that is not exactly that.
    package init(decoding bytes: [UInt8], path: String) throws(EvaluationError) {
        guard bytes.count >= Self.magic.count + 32, Array(bytes[..<Self.magic.count]) == Self.magic else {
            throw .badTrace(
                path: path, field: "magic", found: display(Array(bytes.prefix(8))), expected: "TSTRACE, version 3")
        }
        var hash = SHA256()
        hash.update(bytes.dropLast(32))
        guard hash.finalize().elementsEqual(bytes.suffix(32)) else {
            throw .badTrace(path: path, field: "checksum", found: "another", expected: "that of the content")
        }
        var reader = TraceReader(bytes: bytes, position: Self.magic.count, end: bytes.count - 32, path: path)
        key = try reader.string("key")
        let temperatures = try reader.numbers("temperature", count: try reader.count("temperatures", itemSize: 8))
        var scores: [[TokenScores]] = []
        for _ in 0..<(try reader.count("examples", itemSize: 4)) {
            var texts: [TokenScores] = []
            for _ in 0..<(try reader.count("texts", itemSize: 4)) {
                texts.append(try reader.scores(temperatures.count))
            }
            scores.append(texts)
        }
        guard reader.position == reader.end else {
            throw .badTrace(
                path: path, field: "end", found: "\(reader.end - reader.position) more bytes", expected: "none")
        }
        self.temperatures = temperatures
        self.scores = scores
    }

    /// Whether these are scores of `items`: as many texts, every token end inside its text.
    func fits(_ items: [Example]) -> Bool {
        guard scores.count == items.count else { return false }
        return zip(scores, items).allSatisfy { scores, item in
            let texts = item.scoredTexts
            return scores.count == texts.count
                && zip(scores, texts).allSatisfy {
                    Self.problem(of: $0, text: $1, temperatures: temperatures.count) == nil
                }
        }
    }

    /// The same trace with the log-partitions of `wanted` alone; nil when it lacks one of them.
    package func narrowed(to wanted: [Double]) -> Trace? {
        if wanted == temperatures { return self }
        let columns = wanted.compactMap { temperatures.firstIndex(of: $0) }
        guard columns.count == wanted.count else { return nil }
        var trace = self
        trace.temperatures = wanted
        for (example, texts) in scores.enumerated() {
            for (text, score) in texts.enumerated() {
                trace.scores[example][text].logPartitions = score.ends.indices.flatMap { token in
                    columns.map { score.logPartitions[token * temperatures.count + $0] }
                }
            }
        }
        return trace
    }

    /// What is wrong with scores of `text`; nil when nothing is.
    static func problem(of scores: TokenScores, text: [UInt8], temperatures: Int) -> String? {
        guard scores.entropies.count == scores.ends.count,
            scores.logPartitions.count == temperatures * scores.ends.count
        else {
            return "found \(scores.entropies.count) entropies and \(scores.logPartitions.count) log-partitions of "
                + "\(scores.ends.count) tokens at \(temperatures) temperatures"
        }
        guard scores.rows.isEmpty || scores.rows.count == ByteLattice.symbolCount * scores.ends.count else {
            return "found \(scores.rows.count) entries of rows for \(scores.ends.count) tokens"
        }
        guard scores.ends.count == scores.logProbabilities.count else {
            return "found \(scores.ends.count) ends and \(scores.logProbabilities.count) log-probabilities"
        }
        guard scores.ends.last == text.count else {
            return "found tokens up to byte \(scores.ends.last ?? 0), expected \(text.count)"
        }
        for (end, next) in zip(scores.ends, scores.ends.dropFirst()) where end > next {
            return "found token ends \(end), \(next), expected no step back"
        }
        if let first = scores.ends.first, first < 0 { return "found a token that ends at \(first)" }
        if let bad = scores.logProbabilities.first(where: { $0 > 1e-6 }) {
            return "found a log-probability of \(bad), expected at most 0"
        }
        return nil
    }
}

/// A cursor over a trace file that checks every count against what is left.
private struct TraceReader {
    let bytes: [UInt8]
    var position: Int
    let end: Int
    let path: String

    mutating func integer(_ size: Int, _ field: String) throws(EvaluationError) -> UInt64 {
        guard end - position >= size else {
            throw .badTrace(
                path: path, field: field, found: "\(end - position) bytes left", expected: "at least \(size)")
        }
        var value: UInt64 = 0
        for index in 0..<size { value |= UInt64(bytes[position + index]) << UInt64(8 * index) }
        position += size
        return value
    }

    /// A count of things that take at least `itemSize` bytes each.
    mutating func count(_ field: String, itemSize: Int) throws(EvaluationError) -> Int {
        let value = Int(try integer(4, field))
        guard value <= (end - position) / itemSize else {
            throw .badTrace(
                path: path, field: field, found: "\(value)", expected: "at most \((end - position) / itemSize)")
        }
        return value
    }

    mutating func string(_ field: String) throws(EvaluationError) -> String {
        let length = try count(field, itemSize: 1)
        defer { position += length }
        return String(decoding: bytes[position..<position + length], as: UTF8.self)
    }

    mutating func numbers(_ field: String, count: Int) throws(EvaluationError) -> [Double] {
        var values: [Double] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(Double(bitPattern: try integer(8, field))) }
        return values
    }

    mutating func scores(_ temperatures: Int) throws(EvaluationError) -> TokenScores {
        let tokens = try count("tokens", itemSize: 20 + 8 * temperatures)
        var scores = TokenScores()
        scores.ends.reserveCapacity(tokens)
        for _ in 0..<tokens { scores.ends.append(Int(try integer(4, "token end"))) }
        scores.logProbabilities = try numbers("log-probability", count: tokens)
        scores.entropies = try numbers("entropy", count: tokens)
        scores.logPartitions = try numbers("log-partition", count: tokens * temperatures)
        let rows = try count("rows", itemSize: 4 * ByteLattice.symbolCount)
        guard rows == 0 || rows == tokens else {
            throw .badTrace(path: path, field: "rows", found: "\(rows)", expected: "0 or \(tokens)")
        }
        scores.rows.reserveCapacity(rows * ByteLattice.symbolCount)
        for _ in 0..<rows * ByteLattice.symbolCount {
            scores.rows.append(Float(bitPattern: UInt32(truncatingIfNeeded: try integer(4, "row"))))
        }
        return scores
    }
}
