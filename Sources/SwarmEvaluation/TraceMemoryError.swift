internal import SwarmComposition

/// Texts whose whole distributions over bytes, which a log-linear pool needs, this machine has no memory for.
package struct TraceMemoryError: Error, Equatable, CustomStringConvertible {
    package let task: String
    /// Bytes of text, those of prompts once a choice.
    package let textBytes: Int
    package let members: Int
    /// Bytes of memory.
    package let need: Int
    package let available: Int

    package var description: String {
        "log-linear pool, \(task): found \(MemoryError.text(available)) of memory, expected "
            + "\(MemoryError.text(need)) or more for \(ByteLattice.symbolCount) numbers a byte of text and member "
            + "(\(textBytes) bytes, \(members) members); fewer examples or members, or a linear pool, need less"
    }

    /// Each is held by its trace and, up to twice while that grows, by the table that a search reads.
    private static let copies = 3

    /// Nothing where the distributions fit.
    static func check<S: Split>(
        _ examples: Examples<S>, _ sources: [TraceSource], available: Int
    ) throws(TraceMemoryError) {
        let rowBytes = sources.map(\.rowBytes)
        guard rowBytes.contains(where: { $0 > 0 }) else { return }
        let text = examples.items.reduce(0) { $0 + $1.scoredTexts.reduce(0) { $0 + $1.count } }
        let (need, overflow) = text.multipliedReportingOverflow(by: Self.copies * rowBytes.reduce(0, +))
        guard overflow || need > available else { return }
        throw TraceMemoryError(
            task: examples.task.name, textBytes: text, members: sources.count, need: overflow ? .max : need,
            available: available)
    }
}
