/// A token's number in one model's vocabulary. Never to be confused with a `SymbolID` of the shared vocabulary.
package struct TokenID: RawRepresentable, Hashable, Comparable, Sendable, Codable {
    package var rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    package init(_ value: Int) { rawValue = Int32(value) }

    /// The number as an array index.
    package var index: Int { Int(rawValue) }

    package static func < (a: TokenID, b: TokenID) -> Bool { a.rawValue < b.rawValue }
}
