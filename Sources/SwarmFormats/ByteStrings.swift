/// Byte strings one after another in one array: a vocabulary of them takes its bytes and eight more each, where arrays of
/// their own would take some fifty.
///
/// Reading one makes an array of it. A string that is replaced leaves its bytes behind.
package struct ByteStrings: RandomAccessCollection, MutableCollection, Sendable {
    @usableFromInline
    struct Place: Sendable {
        @usableFromInline var start: UInt32
        @usableFromInline var count: UInt32

        @usableFromInline
        init(start: UInt32, count: UInt32) {
            self.start = start
            self.count = count
        }
    }

    /// The most bytes in all; no file that is read holds as many.
    package static let largestSize = Int(UInt32.max)

    @usableFromInline var blob: [UInt8] = []
    @usableFromInline var places: [Place] = []

    package init() {}

    package init(_ strings: some Sequence<[UInt8]>) {
        reserveCapacity(strings.underestimatedCount)
        for string in strings { append(string) }
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { places.count }

    /// The strings' bytes in all.
    package var size: Int { blob.count }

    package subscript(index: Int) -> [UInt8] {
        get { Array(slice(index)) }
        set { places[index] = keep(newValue) }
    }

    /// String `index` where it lies.
    package func slice(_ index: Int) -> ArraySlice<UInt8> {
        let place = places[index]
        return blob[Int(place.start)..<Int(place.start) + Int(place.count)]
    }

    /// The bytes of string `index`.
    package func count(of index: Int) -> Int { Int(places[index].count) }

    /// Whether string `index` is `text[start..<end]`.
    @inlinable
    package func matches(_ index: Int, _ text: [UInt8], _ start: Int, _ end: Int) -> Bool {
        let place = places[index]
        guard Int(place.count) == end - start else { return false }
        let offset = Int(place.start)
        for position in 0..<end - start where blob[offset + position] != text[start + position] { return false }
        return true
    }

    /// Adds `string`, after which all have at most `largestSize` bytes.
    package mutating func append(_ string: some Collection<UInt8>) { places.append(keep(string)) }

    package mutating func reserveCapacity(_ count: Int, bytes: Int = 0) {
        places.reserveCapacity(count)
        blob.reserveCapacity(bytes)
    }

    private mutating func keep(_ string: some Collection<UInt8>) -> Place {
        let start = blob.count
        blob += string
        precondition(blob.count <= Self.largestSize, "\(blob.count) bytes of strings")
        return Place(start: UInt32(start), count: UInt32(blob.count - start))
    }
}

extension ByteStrings: Equatable {
    package static func == (a: ByteStrings, b: ByteStrings) -> Bool {
        a.count == b.count && a.indices.allSatisfy { a.slice($0) == b.slice($0) }
    }
}
