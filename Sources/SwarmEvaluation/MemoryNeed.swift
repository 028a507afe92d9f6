internal import Foundation
package import SwarmComposition
internal import SwarmKernels
internal import SwarmModels

/// What memory a composition needs: its members' weights as stored, all of which every token reads, and their KV caches.
package struct MemoryNeed: Sendable, Equatable, Codable {
    /// One member's.
    package struct Part: Sendable, Equatable, Codable {
        package var name: String
        /// Bytes of weights.
        package var weights: Int
        /// Bytes of KV cache or states for a text of `tokens`, or the member's window where that is shorter.
        package var cache: Int

        package init(name: String, weights: Int, cache: Int) {
            self.name = name
            self.weights = weights
            self.cache = cache
        }

        /// Both, as much as can be counted.
        package var total: Int {
            let (sum, overflow) = weights.addingReportingOverflow(cache)
            return overflow ? .max : sum
        }
    }

    package var parts: [Part]

    /// - Parameter tokens: of the texts that the members are to hold, by member; nil for full windows.
    package init(_ members: [Member], tokens: [Int]? = nil) {
        parts = members.enumerated().map { index, member in
            let summary = member.model.summary
            let count = min(summary.contextLength, tokens?[index] ?? .max)
            let (cache, overflow) = summary.cacheBytesPerToken.multipliedReportingOverflow(by: max(0, count))
            return Part(
                name: member.name, weights: summary.weightBytes,
                cache: min(overflow ? .max : cache, summary.cacheLimit ?? .max))
        }
    }

    /// The sum over members, as much as can be counted.
    package var total: Int {
        parts.reduce(0) {
            let (sum, overflow) = $0.addingReportingOverflow($1.total)
            return overflow ? .max : sum
        }
    }

    package init(parts: [Part]) { self.parts = parts }

    /// Nothing where `available` bytes are enough.
    /// - Throws: `MemoryError` with the sum.
    package func check(available: Int = ProcessMemory.availableCount) throws(MemoryError) {
        guard total <= available else { throw MemoryError(need: self, available: available) }
    }
}

/// A composition that this machine has no memory for.
package struct MemoryError: Error, Equatable, CustomStringConvertible {
    package let need: MemoryNeed
    /// Bytes.
    package let available: Int

    package var description: String {
        let parts = need.parts.map {
            "\($0.name) \(Self.text($0.weights)) of weights and \(Self.text($0.cache)) of KV cache"
        }
        return "memory: found \(Self.text(available)), expected \(Self.text(need.total)) or more ("
            + parts.joined(separator: ", ")
            + "); smaller files, fewer members, --max-tokens or --cache-type-k and --cache-type-v need less"
    }

    /// `bytes` with a unit, as people read them.
    package static func text(_ bytes: Int) -> String {
        switch bytes {
        case (1 << 30)...: String(format: "%.2f GiB", Double(bytes) / Double(1 << 30))
        case (1 << 20)...: String(format: "%.1f MiB", Double(bytes) / Double(1 << 20))
        case (1 << 10)...: String(format: "%.1f KiB", Double(bytes) / Double(1 << 10))
        default: "\(bytes) B"
        }
    }
}
