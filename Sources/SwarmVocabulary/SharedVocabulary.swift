package import SwarmTokenizers

/// The alphabet that members with different vocabularies are mixed over.
///
/// A symbol is a class of byte keys, the bytes that tokens stand for in running text, that are equal under the map's
/// normalisation. Symbols are numbered in the byte order of their first keys. One more symbol, `end`, is what all
/// members' end-of-text and end-of-turn tokens map to. Other control tokens map to nothing: they are masked.
package struct SharedVocabulary: Equatable, Sendable {
    /// One member's tables.
    package struct Member: Equatable, Sendable {
        package let name: String
        /// The digest of the tokenizer the tables were made from.
        package let digest: String
        /// By token.
        package let roles: [TokenRole]
        /// By token: its key, `masked` or `end`.
        package let keys: [Int32]
        /// By token, for the first token of a text: as `keys`, but without the space that the tokenizer puts before a
        /// text. Empty when it puts none.
        package let initialKeys: [Int32]
        /// By token: its symbol, or −1 where it is masked.
        package let symbols: [Int32]
        /// As `symbols`, for the first token of a text. Empty when it does not differ.
        package let initialSymbols: [Int32]
        /// By symbol, `end` included: itself where a token of the member has it; else the symbol of the first piece
        /// the member cuts it into; −1 where the member cannot write it.
        package let firstPieces: [Int32]

        /// Whether a token of the member has `symbol`.
        package func owns(_ symbol: SymbolID) -> Bool { firstPieces[symbol.index] == symbol.rawValue }

        /// The symbol of the first piece the member cuts `symbol` into; nil where it cannot write it.
        package func firstPiece(of symbol: SymbolID) -> SymbolID? {
            let piece = firstPieces[symbol.index]
            return piece < 0 ? nil : SymbolID(rawValue: piece)
        }

        /// The symbol of `token` in running text; nil where it is masked.
        package func symbol(of token: TokenID) -> SymbolID? {
            symbols[token.index] < 0 ? nil : SymbolID(rawValue: symbols[token.index])
        }

        /// The symbol of `token` as the first of a text; nil where it is masked.
        package func initialSymbol(of token: TokenID) -> SymbolID? {
            guard !initialSymbols.isEmpty else { return symbol(of: token) }
            return initialSymbols[token.index] < 0 ? nil : SymbolID(rawValue: initialSymbols[token.index])
        }
    }

    /// In `Member.keys`: a token that maps to nothing.
    package static let masked: Int32 = -1
    /// In `Member.keys`: a token that ends a text.
    package static let endKey: Int32 = -2

    package let normalization: KeyNormalization
    package let keys: ByteKeys
    /// By key: its symbol.
    package let symbolOfKey: [Int32]
    /// In the order the map was asked for.
    package let members: [Member]

    /// Symbols that stand for bytes; they are numbered from 0, and `end` comes after them.
    package let textSymbolCount: Int
    /// Where a symbol's keys start in `surfaceKeys`; one more entry than there are text symbols.
    private let surfaceOffsets: [Int32]
    private let surfaceKeys: [Int32]

    /// The symbol that ends a text.
    package var end: SymbolID { SymbolID(textSymbolCount) }
    /// Text symbols and `end`.
    package var symbolCount: Int { textSymbolCount + 1 }

    /// The keys of a text symbol in byte order; more than one only where normalisation merged some.
    package func surfaces(of symbol: SymbolID) -> ArraySlice<Int32> {
        surfaceKeys[Int(surfaceOffsets[symbol.index])..<Int(surfaceOffsets[symbol.index + 1])]
    }

    /// The bytes of a text symbol's first key.
    package func bytes(of symbol: SymbolID) -> ArraySlice<UInt8> {
        keys[Int(surfaceKeys[Int(surfaceOffsets[symbol.index])])]
    }

    /// The symbol whose keys include `key`; nil when none does.
    package func symbol(ofKey key: some Collection<UInt8>) -> SymbolID? {
        keys.index(of: key).map { SymbolID(rawValue: symbolOfKey[$0]) }
    }

    /// A member's tables before symbols are filled in.
    struct MemberTables {
        var name: String
        var digest: String
        var roles: [TokenRole]
        var keys: [Int32]
        var initialKeys: [Int32]
        var firstPieces: [Int32]
    }

    /// - Parameters: tables that agree with each other; symbols are numbered in the order of their first keys.
    init(normalization: KeyNormalization, keys: ByteKeys, symbolOfKey: [Int32], members: [MemberTables]) {
        self.normalization = normalization
        self.keys = keys
        self.symbolOfKey = symbolOfKey
        let count = Int((symbolOfKey.max() ?? -1) + 1)
        textSymbolCount = count

        var offsets = [Int32](repeating: 0, count: count + 1)
        for symbol in symbolOfKey { offsets[Int(symbol) + 1] += 1 }
        for symbol in 0..<count { offsets[symbol + 1] += offsets[symbol] }
        var next = offsets
        var surfaces = [Int32](repeating: 0, count: symbolOfKey.count)
        for (key, symbol) in symbolOfKey.enumerated() {
            surfaces[Int(next[Int(symbol)])] = Int32(key)
            next[Int(symbol)] += 1
        }
        surfaceOffsets = offsets
        surfaceKeys = surfaces

        self.members = members.map { tables in
            Member(
                name: tables.name, digest: tables.digest, roles: tables.roles, keys: tables.keys,
                initialKeys: tables.initialKeys,
                symbols: Self.symbols(of: tables.keys, symbolOfKey: symbolOfKey, end: Int32(count)),
                initialSymbols: Self.symbols(of: tables.initialKeys, symbolOfKey: symbolOfKey, end: Int32(count)),
                firstPieces: tables.firstPieces)
        }
    }

    /// Tables of the same symbols with other members, in the given order.
    init(_ map: SharedVocabulary, members: [Member]) {
        normalization = map.normalization
        keys = map.keys
        symbolOfKey = map.symbolOfKey
        textSymbolCount = map.textSymbolCount
        surfaceOffsets = map.surfaceOffsets
        surfaceKeys = map.surfaceKeys
        self.members = members
    }

    /// Token → key to token → symbol.
    static func symbols(of keys: [Int32], symbolOfKey: [Int32], end: Int32) -> [Int32] {
        keys.map { key in
            switch key {
            case endKey: end
            case masked: -1
            default: symbolOfKey[Int(key)]
            }
        }
    }
}
