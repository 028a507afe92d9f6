internal import SwarmTokenizers

extension VocabularyMapFile {
    /// The map whose file's bytes are `bytes`. Every count is checked against what is left before anything is made of
    /// it, every id against its range.
    /// - Parameter path: for messages.
    package static func decode(_ bytes: [UInt8], path: String) throws(VocabularyError) -> SharedVocabulary {
        var reader = MapReader(bytes: bytes, path: path)
        guard try reader.take(8, "magic").elementsEqual(magic) else {
            throw reader.bad("magic", found: "another kind of file", expected: "TSMAP")
        }
        let version = try reader.number("version", in: 0...Int(UInt32.max))
        guard version == Int(Self.version) else {
            throw reader.bad("version", found: "\(version)", expected: "\(Self.version)")
        }
        try reader.verifyChecksum()

        let form = try reader.take(4, "normalization")
        guard let first = form.first, Int(first) < normalizations.count, form.dropFirst().allSatisfy({ $0 == 0 }) else {
            throw reader.bad("normalization", found: "\(Array(form))", expected: "0…\(normalizations.count - 1), zeros")
        }
        let memberCount = try reader.number("members", in: 0...maximumMembers)
        let keyCount = try reader.number("keys", in: 0...maximumKeys)
        let symbolCount = try reader.number("text symbols", in: 0...keyCount)
        let blobCount = try reader.number("bytes of keys", in: 0...SharedVocabulary.limit)

        var heads: [(name: String, digest: String, tokens: Int, hasInitial: Bool)] = []
        for index in 0..<memberCount {
            let name = try reader.text("name of member \(index)")
            let digest = try reader.text("digest of member \(name)")
            let tokens = try reader.number("tokens of member \(name)", in: 0...maximumTokens)
            let hasInitial = try reader.number("first tokens of member \(name)", in: 0...1) == 1
            guard !heads.contains(where: { $0.name == name }) else {
                throw reader.bad("members", found: "\(name) twice", expected: "every name once")
            }
            heads.append((name, digest, tokens, hasInitial))
        }
        let keys = try reader.keys(count: keyCount, blobCount: blobCount)
        let symbolOfKey = try reader.numbers(keyCount, "symbols of keys", in: 0...max(0, symbolCount - 1))
        var highest: Int32 = -1
        for symbol in symbolOfKey {
            guard symbol <= highest + 1 else {
                throw reader.bad("symbols of keys", found: "\(symbol) after \(highest)", expected: "the order of keys")
            }
            highest = max(highest, symbol)
        }
        guard Int(highest) + 1 == symbolCount else {
            throw reader.bad("text symbols", found: "\(symbolCount)", expected: "\(highest + 1)")
        }

        var tables: [SharedVocabulary.MemberTables] = []
        for head in heads {
            tables.append(
                try reader.tables(
                    name: head.name, digest: head.digest, tokens: head.tokens, hasInitial: head.hasInitial,
                    symbolOfKey: symbolOfKey, symbolCount: symbolCount))
        }
        guard reader.isAtEnd else {
            throw reader.bad("length", found: "\(bytes.count) bytes", expected: "\(reader.position + 8)")
        }
        return SharedVocabulary(
            normalization: normalizations[Int(first)], keys: keys, symbolOfKey: symbolOfKey, members: tables)
    }
}

/// Reads a map's parts one after another and never past the checksum.
private struct MapReader {
    let bytes: [UInt8]
    let path: String
    private(set) var position = 0

    init(bytes: [UInt8], path: String) {
        self.bytes = bytes
        self.path = path
    }

    /// Where the checksum starts.
    private var end: Int { max(0, bytes.count - 8) }
    var isAtEnd: Bool { position == end }

    func bad(_ field: String, found: String, expected: String) -> VocabularyError {
        .badFile(path: path, field: field, found: found, expected: expected)
    }

    func verifyChecksum() throws(VocabularyError) {
        let stored = bytes[end...].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let computed = VocabularyMapFile.checksum(bytes[..<end])
        guard stored == computed else {
            throw bad("checksum", found: String(stored, radix: 16), expected: String(computed, radix: 16))
        }
    }

    /// The next `count` bytes.
    mutating func take(_ count: Int, _ field: String) throws(VocabularyError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= end - position else {
            throw bad(field, found: "\(max(0, end - position)) bytes left", expected: "\(count)")
        }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func number(_ field: String, in range: ClosedRange<Int>) throws(VocabularyError) -> Int {
        let value = try take(4, field).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard range.contains(value) else {
            throw bad(field, found: "\(value)", expected: "\(range.lowerBound)…\(range.upperBound)")
        }
        return value
    }

    mutating func text(_ field: String) throws(VocabularyError) -> String {
        let length = try number("length of \(field)", in: 0...4096)
        let text = try take(length, field)
        guard let string = String(validating: text, as: UTF8.self) else {
            throw bad(field, found: "invalid UTF-8", expected: "a name")
        }
        return string
    }

    mutating func numbers(_ count: Int, _ field: String, in range: ClosedRange<Int>) throws(VocabularyError) -> [Int32]
    {
        let slice = try take(count * 4, field)
        var values: [Int32] = []
        values.reserveCapacity(count)
        for start in stride(from: slice.startIndex, to: slice.endIndex, by: 4) {
            let bits =
                UInt32(slice[start]) | UInt32(slice[start + 1]) << 8 | UInt32(slice[start + 2]) << 16
                | UInt32(slice[start + 3]) << 24
            let value = Int32(bitPattern: bits)
            guard range.contains(Int(value)) else {
                throw bad(
                    "\(field)[\(values.count)]", found: "\(value)",
                    expected: "\(range.lowerBound)…\(range.upperBound)")
            }
            values.append(value)
        }
        return values
    }

    mutating func keys(count: Int, blobCount: Int) throws(VocabularyError) -> ByteKeys {
        let offsets = try numbers(count + 1, "offsets of keys", in: 0...blobCount)
        let blob = Array(try take(blobCount, "bytes of keys"))
        guard offsets.first == 0, offsets.last.map(Int.init) == blobCount else {
            throw bad("offsets of keys", found: "\(offsets.last ?? 0)", expected: "0…\(blobCount)")
        }
        for index in 0..<count where offsets[index] >= offsets[index + 1] {
            throw bad("offsets of keys", found: "an empty key \(index)", expected: "ascending offsets")
        }
        let keys = ByteKeys(blob: blob, offsets: offsets.map { UInt32(bitPattern: $0) })
        for index in 1..<max(1, count) where !keys[index - 1].lexicographicallyPrecedes(keys[index]) {
            throw bad("bytes of keys", found: "key \(index) not after the one before", expected: "ascending keys")
        }
        return keys
    }

    mutating func tables(
        name: String, digest: String, tokens: Int, hasInitial: Bool, symbolOfKey: [Int32], symbolCount: Int
    ) throws(VocabularyError) -> SharedVocabulary.MemberTables {
        var roles: [TokenRole] = []
        for byte in try take(tokens, "roles of member \(name)") {
            guard let role = TokenRole(rawValue: byte) else {
                throw bad("roles of member \(name)[\(roles.count)]", found: "\(byte)", expected: "a role")
            }
            roles.append(role)
        }
        let range = Int(SharedVocabulary.endKey)...max(-1, symbolOfKey.count - 1)
        let keys = try numbers(tokens, "keys of member \(name)", in: range)
        let initial = try numbers(hasInitial ? tokens : 0, "first tokens of member \(name)", in: range)
        let pieces = try numbers(symbolCount + 1, "first pieces of member \(name)", in: -1...symbolCount)

        var owns = [Bool](repeating: false, count: symbolCount + 1)
        for symbol in SharedVocabulary.symbols(of: keys, symbolOfKey: symbolOfKey, end: Int32(symbolCount))
        where symbol >= 0 { owns[Int(symbol)] = true }
        for (symbol, piece) in pieces.enumerated() {
            let isPiece = piece >= 0 && piece < Int32(symbolCount) && owns[Int(piece)]
            let isRight = owns[symbol] ? piece == Int32(symbol) : piece < 0 || (isPiece && symbol < symbolCount)
            guard isRight else {
                throw bad(
                    "first pieces of member \(name)[\(symbol)]", found: "\(piece)",
                    expected: owns[symbol] ? "\(symbol), which the member has" : "a symbol that the member has")
            }
        }
        return SharedVocabulary.MemberTables(
            name: name, digest: digest, roles: roles, keys: keys, initialKeys: initial, firstPieces: pieces)
    }
}
