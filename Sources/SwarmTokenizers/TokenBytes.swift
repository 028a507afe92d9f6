internal import SwarmFormats

/// The bytes of every token of a vocabulary by its id, in one array. Reading them as an array makes one.
package struct TokenBytes: RandomAccessCollection, Equatable, Sendable {
    private let strings: ByteStrings

    init(_ strings: ByteStrings) { self.strings = strings }

    package var startIndex: Int { 0 }
    package var endIndex: Int { strings.count }

    package subscript(id: Int) -> [UInt8] { strings[id] }

    /// The bytes of token `id` where they lie.
    package func slice(_ id: Int) -> ArraySlice<UInt8> { strings.slice(id) }

    /// How many bytes token `id` has.
    package func count(of id: Int) -> Int { strings.count(of: id) }
}
