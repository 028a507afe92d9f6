/// Tokens and where each ends in the text they were made from.
struct TokenBuffer: Sendable {
    var ids: [Int32] = []
    var ends: [Int] = []
    /// Memory that models use again from word to word.
    var symbols = SymbolMerger()
    var arrivals: [UnigramArrival] = []

    @inline(__always)
    mutating func append(_ id: Int32, end: Int) {
        ids.append(id)
        ends.append(end)
    }
}

/// Cuts one word into tokens.
protocol TokenModel: Sendable {
    /// Appends the tokens of `text[word]`, with ends as offsets in `text`.
    func tokenize(_ text: [UInt8], _ word: Range<Int>, into tokens: inout TokenBuffer)

    /// The id of a piece in the model's own spelling.
    func id(of piece: [UInt8]) -> Int32?
}
