internal import CPCRE2

extension RegularExpression {
    /// Where the expression was found.
    package struct Found: Sendable, Equatable {
        /// Bytes of the text.
        package var match: Range<Int>
        /// Those of the first group; nil where it took no part or there is none.
        package var group: Range<Int>?
    }

    /// The matches in `text` from left to right, without overlap; `^` and `$` match at line ends.
    /// - Returns: nil where a search took more than its limits of steps or memory.
    package func found(in text: [UInt8]) -> [Found]? {
        guard let data = unsafe pcre2_match_data_create_from_pattern_8(code, nil) else { return nil }
        defer { unsafe pcre2_match_data_free_8(data) }
        guard let context = unsafe pcre2_match_context_create_8(nil) else { return nil }
        defer { unsafe pcre2_match_context_free_8(context) }
        _ = unsafe pcre2_set_match_limit_8(context, Self.matchLimit)
        _ = unsafe pcre2_set_heap_limit_8(context, Self.heapLimitKiB)
        var result: [Found] = []
        // A subject of no bytes needs an address all the same.
        let subject = text.isEmpty ? [0] : text
        let isComplete = unsafe subject.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return false }
            var position = 0
            while position <= text.count {
                let count = unsafe pcre2_match_8(code, base, text.count, position, 0, data, context)
                if count < 0 { return count == PCRE2_ERROR_NOMATCH }
                guard let vector = unsafe pcre2_get_ovector_pointer_8(data) else { return false }
                let (start, end) = unsafe (vector[0], vector[1])
                guard start >= position, end >= start, end <= text.count else { return false }
                var group: Range<Int>?
                if count > 1 {
                    let (low, high) = unsafe (vector[2], vector[3])
                    if low <= high, high <= text.count { group = low..<high }
                }
                result.append(Found(match: start..<end, group: group))
                position = end > start ? end : end + 1
                while position < text.count, text[position] & 0xC0 == 0x80 { position += 1 }
            }
            return true
        }
        return isComplete ? result : nil
    }
}
