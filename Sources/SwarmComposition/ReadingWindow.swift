internal import SwarmTokenizers

/// What a member reads of a text that may be longer than its window.
///
/// The cut moves by half a window at a time, so that between two moves the KV cache holds.
struct ReadingWindow: Equatable {
    /// Tokens in the window, at least 1.
    let length: Int
    /// Tokens that stay before the text wherever it is cut.
    var start: [TokenID]

    /// Tokens that the window has no room for, of `count` after the start.
    func cut(_ count: Int) -> Int {
        let room = max(1, length - start.count)
        let stride = max(1, room / 2)
        return max(0, (count - room + stride - 1) / stride * stride)
    }

    /// What is read of `ids`.
    func context(_ ids: some Collection<TokenID>) -> [TokenID] {
        let cut = cut(ids.count)
        // A window of one token has no room for a start token and another.
        return (cut == 0 || length > 1 ? start : []) + ids.dropFirst(cut)
    }

    /// Reads the probability of each of `ids[first...]` after those before it, in as few passes as windows.
    /// - Parameters:
    ///   - uniform: of a token that nothing stands before, so that the model cannot be asked.
    ///   - path: evaluates what is read of the first n of `ids`.
    ///   - read: the log-probability of a token after the first n tokens of such a path.
    /// - Returns: one a token.
    func score<Path>(
        _ ids: [TokenID], from first: Int, uniform: (TokenID) -> Double, path: (Int) throws -> Path,
        read: (TokenID, Path, Int) throws -> Double
    ) rethrows -> [Double] {
        var values: [Double] = []
        var next = first
        while next < ids.count {
            let cut = cut(next)
            var end = next + 1
            while end < ids.count && self.cut(end) == cut { end += 1 }
            // The last token is read with the others where the same window goes on.
            let path = try path(end == ids.count && self.cut(end) == cut ? end : end - 1)
            let before = context(ids[..<next]).count
            for index in next..<end {
                let place = before + index - next
                values.append(place == 0 ? uniform(ids[index]) : try read(ids[index], path, place))
            }
            next = end
        }
        return values
    }
}
