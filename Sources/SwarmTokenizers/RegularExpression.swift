internal import CPCRE2

/// A compiled regular expression: the small wrapper of PCRE2, with its JIT and limits on work.
@safe package final class RegularExpression: Sendable {
    /// The expression as the file has it.
    package let pattern: String
    // Compiled code is immutable and PCRE2 documents it as shareable between threads.
    nonisolated(unsafe) let code: OpaquePointer

    /// Steps one search may take; more is treated as a search that failed.
    static let matchLimit: UInt32 = 20_000_000
    static let heapLimitKiB: UInt32 = 256 * 1024

    /// Compiles `pattern`, which is in the syntax of Oniguruma or Rust's regex as far as tokenizers use it.
    /// - Parameter joinsWords: `\w` as in Rust's regex, where zero-width joiners are word characters and ² is not.
    /// - Returns: nil and the reason where it does not compile.
    package static func compile(
        _ pattern: String, joinsWords: Bool = false
    ) -> (RegularExpression?, problem: String) {
        var number: Int32 = 0
        var offset = 0
        let options =
            UInt32(PCRE2_UTF) | UInt32(PCRE2_UCP) | UInt32(PCRE2_MATCH_INVALID_UTF) | UInt32(PCRE2_MULTILINE)
            | UInt32(PCRE2_NEVER_BACKSLASH_C)
        var translation = PatternTranslation(pattern: Array(pattern.utf8), joinsWords: joinsWords)
        let bytes = translation.translate()
        guard bytes.count < 1 << 16 else { return (nil, "a pattern of \(bytes.count) bytes") }
        let code = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe pcre2_compile_8(buffer.baseAddress, buffer.count, options, &number, &offset, nil)
        }
        guard let code = unsafe code else {
            var message = [UInt8](repeating: 0, count: 200)
            let length = unsafe message.withUnsafeMutableBufferPointer {
                unsafe pcre2_get_error_message_8(number, $0.baseAddress, $0.count)
            }
            let text = String(decoding: message.prefix(max(0, Int(length))), as: UTF8.self)
            return (nil, "\(text) at byte \(offset)")
        }
        // Without JIT support the interpreter does the same, slower.
        _ = unsafe pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
        return (unsafe RegularExpression(pattern: pattern, code: code), "")
    }

    private init(pattern: String, code: OpaquePointer) {
        self.pattern = pattern
        unsafe self.code = code
    }

    deinit { unsafe pcre2_code_free_8(code) }

    /// The matches in each of `pieces` of `text`, in order, without overlap. Look-around sees one piece only.
    ///
    /// Where a search exceeds its limits the rest of its piece has no matches: the caller keeps it whole. That a
    /// pattern does this on everyday text is found out when the tokenizer is loaded (``survivesProbes``).
    /// - Parameter body: called with the piece's index and the match's range.
    /// - Returns: false where a limit was hit.
    @discardableResult
    func forEachMatch(in text: [UInt8], pieces: [Range<Int>], _ body: (Int, Range<Int>) -> Void) -> Bool {
        guard let data = unsafe pcre2_match_data_create_8(1, nil) else { return false }
        defer { unsafe pcre2_match_data_free_8(data) }
        guard let context = unsafe pcre2_match_context_create_8(nil) else { return false }
        defer { unsafe pcre2_match_context_free_8(context) }
        _ = unsafe pcre2_set_match_limit_8(context, Self.matchLimit)
        _ = unsafe pcre2_set_heap_limit_8(context, Self.heapLimitKiB)
        var stack: OpaquePointer?
        defer { if let stack = unsafe stack { unsafe pcre2_jit_stack_free_8(stack) } }
        var finished = true
        unsafe text.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for (index, range) in pieces.enumerated() where !range.isEmpty {
                let subject = unsafe base + range.lowerBound
                let count = range.count
                var position = 0
                var previousEnd = -1
                search: while position <= count {
                    var code = unsafe pcre2_match_8(self.code, subject, count, position, 0, data, context)
                    if code == PCRE2_ERROR_JIT_STACKLIMIT, unsafe stack == nil {
                        unsafe stack = pcre2_jit_stack_create_8(32 * 1024, 64 * 1024 * 1024, nil)
                        guard let stack = unsafe stack else { break search }
                        unsafe pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(stack))
                        code = unsafe pcre2_match_8(self.code, subject, count, position, 0, data, context)
                    }
                    if code < 0 {
                        if code != PCRE2_ERROR_NOMATCH { finished = false }
                        break search
                    }
                    guard let vector = unsafe pcre2_get_ovector_pointer_8(data) else { break search }
                    let (start, end) = unsafe (vector[0], vector[1])
                    guard start >= position, end >= start, end <= count else { break search }
                    // An empty match counts unless it touches the one before; go on after the next scalar.
                    if end > start || start != previousEnd {
                        body(index, range.lowerBound + start..<range.lowerBound + end)
                    }
                    previousEnd = end
                    position = end
                    if end == start {
                        position += 1
                        while position < count, unsafe subject[position] & 0xC0 == 0x80 { position += 1 }
                    }
                }
            }
        }
        return finished
    }

    /// Whether the expression gets through long runs of the same few characters within its limits; one that does not
    /// would blow up on everyday text.
    var survivesProbes: Bool {
        for run in ["a", " ", "1", "!", "\n", "aA", "a1", "é", "a ", "中"] {
            var text: [UInt8] = []
            while text.count < 1500 { text += Array(run.utf8) }
            text += Array("\u{1}x".utf8)
            guard forEachMatch(in: text, pieces: [0..<text.count], { _, _ in }) else { return false }
        }
        return true
    }
}
