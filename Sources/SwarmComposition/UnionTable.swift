internal import SwarmKernels

/// A member's tables for one kind of union step: from its tokens to symbols and back.
struct UnionTable: Sendable {
    /// Tokens' masses to their symbols'.
    let symbols: ScatteredSum
    /// By symbol: itself where owned, its first piece where that is owned, else −1.
    let pieces: [Int32]
    /// Symbols that the member lacks, to their first pieces.
    let lacking: LinkedSum
    /// By token: its symbol or −1.
    let symbolOfToken: [Int32]
    /// By symbol: its tokens.
    let tokens: NumberLists
    /// By symbol: those that the member lacks and whose first piece it is.
    let beginning: NumberLists
    /// Tokens without a symbol.
    let lost: [Int32]

    /// - Parameter symbols: by token: its symbol or −1.
    init(symbols: [Int32], pieces: [Int32]) {
        self.symbols = ScatteredSum(to: symbols, count: pieces.count)
        symbolOfToken = symbols
        self.pieces = pieces
        let links = pieces.indices.filter { pieces[$0] >= 0 && pieces[$0] != $0 }
        lacking = LinkedSum(links.map { (Int32($0), pieces[$0]) }, count: pieces.count)
        tokens = NumberLists(by: symbols, count: pieces.count)
        var begun = [Int32](repeating: -1, count: pieces.count)
        for symbol in links { begun[symbol] = pieces[symbol] }
        beginning = NumberLists(by: begun, count: pieces.count)
        lost = symbols.indices.filter { symbols[$0] < 0 }.map(Int32.init)
    }
}

/// Lists of numbers, one a key, one behind the other in memory.
struct NumberLists: Sendable {
    private let starts: [Int32]
    private let numbers: [Int32]
    /// How long the longest list is.
    let longest: Int

    /// - Parameters:
    ///   - keys: by number: its list's key, or −1 for none.
    ///   - count: of keys.
    init(by keys: [Int32], count: Int) {
        var starts = [Int32](repeating: 0, count: count + 1)
        for key in keys where key >= 0 { starts[Int(key) + 1] += 1 }
        longest = Int(starts.max() ?? 0)
        for key in 0..<count { starts[key + 1] += starts[key] }
        var next = starts
        var numbers = [Int32](repeating: 0, count: Int(starts[count]))
        for (number, key) in keys.enumerated() where key >= 0 {
            numbers[Int(next[Int(key)])] = Int32(number)
            next[Int(key)] += 1
        }
        self.starts = starts
        self.numbers = numbers
    }

    /// The numbers of a key, ascending.
    subscript(key: Int) -> ArraySlice<Int32> { numbers[Int(starts[key])..<Int(starts[key + 1])] }
}
