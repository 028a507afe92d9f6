/// A symbol's number in the shared vocabulary of a composition. Never to be confused with a member's `TokenID`.
package struct SymbolID: RawRepresentable, Hashable, Comparable, Sendable, Codable {
    package var rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    package init(_ value: Int) { rawValue = Int32(value) }

    /// The number as an array index.
    package var index: Int { Int(rawValue) }

    package static func < (a: SymbolID, b: SymbolID) -> Bool { a.rawValue < b.rawValue }
}
