/// A text cut into tokens.
package struct Encoding: Equatable, Sendable {
    /// The tokens in order.
    package var ids: [TokenID]
    /// `ends[i]` is the byte offset in the *original* text just after token `i`; non-decreasing, the last one the
    /// length of the text. Special tokens added around the text end where they stand (0 or the text's length).
    package var ends: [Int]

    package init(ids: [TokenID] = [], ends: [Int] = []) {
        self.ids = ids
        self.ends = ends
    }
}
