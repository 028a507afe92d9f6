internal import SwarmTokenizers

/// Finds how a member's tokenizer begins to write symbols that its vocabulary lacks.
struct FirstPieces {
    let tokenizer: Tokenizer
    let keys: ByteKeys
    let symbolOfKey: [Int32]
    /// By token of the member: its symbol, −1 where masked.
    let symbols: [Int32]
    let end: Int32

    /// What a symbol is put after to be cut as in running text: at the start of a text many tokenizers put a space
    /// first. The first after which the cut falls where the symbol begins is taken; a line feed nearly always is, for
    /// words do not reach across it.
    private static let contexts: [[UInt8]] = [[0x0A], [0x61], [0x2E], [0x20]]

    /// By symbol, `end` included: itself where the member has it, else the symbol of its first piece, else −1.
    func table() -> [Int32] {
        var table = [Int32](repeating: -1, count: Int(end) + 1)
        for symbol in symbols where symbol >= 0 { table[Int(symbol)] = symbol }
        let owned = table.map { $0 >= 0 }
        for key in 0..<keys.count {
            let symbol = Int(symbolOfKey[key])
            // Of a symbol with several surfaces the first that can be written decides.
            if table[symbol] < 0 { table[symbol] = firstPiece(of: Array(keys[key]), owned: owned) }
        }
        return table
    }

    private func firstPiece(of key: [UInt8], owned: [Bool]) -> Int32 {
        var approximate: Int32?
        for context in Self.contexts {
            let encoding = tokenizer.encode(context + key, addSpecial: false, parseSpecial: false)
            guard let before = encoding.ends.lastIndex(of: context.count), before + 1 < encoding.ids.count else {
                continue
            }
            let token = encoding.ids[before + 1].index
            let symbol = symbols[token]
            guard symbol >= 0, symbol != end else { continue }
            if key.starts(with: tokenizer.tokenBytes.slice(token)) { return symbol }
            // A tokenizer that changes the text, to lower case for one, writes other bytes.
            if approximate == nil { approximate = symbol }
        }
        for length in stride(from: key.count - 1, to: 0, by: -1) {
            if let prefix = keys.index(of: key[..<length]), owned[Int(symbolOfKey[prefix])] {
                return symbolOfKey[prefix]
            }
        }
        return approximate ?? -1
    }
}
