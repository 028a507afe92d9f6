internal import CUtf8proc
internal import SwarmFormats

/// Normalisation forms of Unicode.
enum NormalizationForm: String, Sendable {
    case nfc = "NFC"
    case nfd = "NFD"
    case nfkc = "NFKC"
    case nfkd = "NFKD"

    var options: utf8proc_option_t {
        let stable = UTF8PROC_STABLE.rawValue
        let compose = UTF8PROC_COMPOSE.rawValue
        let decompose = UTF8PROC_DECOMPOSE.rawValue
        let compatible = UTF8PROC_COMPAT.rawValue
        return switch self {
        case .nfc: utf8proc_option_t(stable | compose)
        case .nfd: utf8proc_option_t(stable | decompose)
        case .nfkc: utf8proc_option_t(stable | compose | compatible)
        case .nfkd: utf8proc_option_t(stable | decompose | compatible)
        }
    }
}

/// The small wrapper of utf8proc: everything unsafe about it is here.
enum UnicodeText {
    /// General categories, grouped as the tokenizers ask for them.
    struct Category: Sendable {
        let raw: UInt32

        private func isAny(_ categories: utf8proc_category_t...) -> Bool {
            categories.contains { $0.rawValue == raw }
        }

        var isLetter: Bool {
            isAny(
                UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LL, UTF8PROC_CATEGORY_LT, UTF8PROC_CATEGORY_LM,
                UTF8PROC_CATEGORY_LO)
        }
        var isMark: Bool { isAny(UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_MC, UTF8PROC_CATEGORY_ME) }
        var isNonspacingMark: Bool { isAny(UTF8PROC_CATEGORY_MN) }
        var isDecimal: Bool { isAny(UTF8PROC_CATEGORY_ND) }
        var isNumber: Bool { isAny(UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NL, UTF8PROC_CATEGORY_NO) }
        var isLetterNumber: Bool { isAny(UTF8PROC_CATEGORY_NL) }
        var isConnector: Bool { isAny(UTF8PROC_CATEGORY_PC) }
        var isPunctuation: Bool {
            isAny(
                UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PD, UTF8PROC_CATEGORY_PS, UTF8PROC_CATEGORY_PE,
                UTF8PROC_CATEGORY_PI, UTF8PROC_CATEGORY_PF, UTF8PROC_CATEGORY_PO)
        }
        /// Control, format, private use or surrogate; not unassigned, as the reference has it.
        var isOther: Bool {
            isAny(UTF8PROC_CATEGORY_CC, UTF8PROC_CATEGORY_CF, UTF8PROC_CATEGORY_CO, UTF8PROC_CATEGORY_CS)
        }
    }

    static func category(_ scalar: UInt32) -> Category {
        Category(raw: UInt32(utf8proc_category(Int32(truncatingIfNeeded: scalar)).rawValue))
    }

    /// White_Space of the Unicode character database.
    static func isWhitespace(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// A word character of regular expressions (UTS 18 Annex C): alphabetic, marks, decimals, connectors, joiners.
    static func isWord(_ scalar: UInt32) -> Bool {
        if scalar < 0x80 {
            return (0x30...0x39).contains(scalar) || (0x41...0x5A).contains(scalar)
                || (0x61...0x7A).contains(scalar) || scalar == 0x5F
        }
        if (0x24B6...0x24E9).contains(scalar) || (0x1F130...0x1F149).contains(scalar)
            || (0x1F150...0x1F169).contains(scalar) || (0x1F170...0x1F189).contains(scalar)
            || scalar == 0x200C || scalar == 0x200D
        {
            return true
        }
        let category = category(scalar)
        return category.isLetter || category.isMark || category.isDecimal || category.isLetterNumber
            || category.isConnector
    }

    /// Oniguruma's word characters: no joiners, and of Latin-1 every number.
    static func isOnigurumaWord(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x200C, 0x200D: false
        case 0xB2, 0xB3, 0xB9, 0xBC...0xBE: true
        default: isWord(scalar)
        }
    }

    /// ASCII punctuation and symbols, and the general category P as far as the reference knows it.
    static func isPunctuation(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
        case ..<0x80: false
        default: category(scalar).isPunctuation && !ReferenceUnicode.plainPunctuation.contains(scalar)
        }
    }

    /// Whether the compatibility or canonical decomposition of `scalar` starts with a scalar that can neither be
    /// reordered nor combine with what stands before it: text may be cut before it without changing its normal form.
    static func startsChunk(_ scalar: UInt32, compatible: Bool) -> Bool {
        if scalar < 0xC0 && (!compatible || scalar < 0xA0) { return true }
        var first = scalar
        let options = UTF8PROC_DECOMPOSE.rawValue | (compatible ? UTF8PROC_COMPAT.rawValue : 0)
        var boundClass: Int32 = 0
        unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: 32) { buffer in
            let count = unsafe utf8proc_decompose_char(
                Int32(truncatingIfNeeded: scalar), buffer.baseAddress, 32, utf8proc_option_t(options), &boundClass)
            if count > 0, count <= 32 { first = UInt32(truncatingIfNeeded: unsafe buffer[0]) }
        }
        if combiningClass(first) != 0 { return false }
        return !isSecondOfComposition(first)
    }

    static func combiningClass(_ scalar: UInt32) -> Int {
        guard let property = unsafe utf8proc_get_property(Int32(truncatingIfNeeded: scalar)) else { return 0 }
        return unsafe Int(property.pointee.combining_class)
    }

    /// Starters that are the second half of a primary composite (NFC_Quick_Check=Maybe with combining class 0).
    private static func isSecondOfComposition(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x1161...0x1175, 0x11A8...0x11C2: true
        case 0x09BE, 0x09D7, 0x0B3E, 0x0B56, 0x0B57, 0x0BBE, 0x0BD7, 0x0CC2, 0x0CD5, 0x0CD6, 0x0D3E, 0x0D57: true
        case 0x0DCF, 0x0DDF, 0x102E, 0x1B35, 0x11127, 0x1133E, 0x11357, 0x114B0, 0x114BA, 0x114BD, 0x115AF, 0x11930:
            true
        // Newer than the oldest utf8proc supported; a chunk too long is harmless.
        case 0x113B8, 0x113BB, 0x113C2, 0x113C5, 0x113C7...0x113C9, 0x1611E...0x16120, 0x16129, 0x16D67, 0x16D68: true
        default: false
        }
    }

    /// The normal form of `chunk`, valid UTF-8; the chunk itself where utf8proc refuses it.
    static func normalize(_ chunk: ArraySlice<UInt8>, _ form: NormalizationForm) -> [UInt8] {
        var result: [UInt8]?
        unsafe chunk.withUnsafeBufferPointer { source in
            var output: UnsafeMutablePointer<UInt8>?
            let count = unsafe utf8proc_map(source.baseAddress, source.count, &output, form.options)
            if let output = unsafe output {
                if count >= 0 { result = unsafe Array(UnsafeBufferPointer(start: output, count: count)) }
                unsafe freeUtf8procResult(output)
            }
        }
        return result ?? Array(chunk)
    }

    /// The full lower-case mapping of one scalar, as UTF-8 is written from it.
    static func lowercase(_ scalar: UInt32) -> [UInt32] {
        // The one scalar whose lower case is two.
        if scalar == 0x130 { return [0x69, 0x307] }
        let lower = UInt32(truncatingIfNeeded: utf8proc_tolower(Int32(truncatingIfNeeded: scalar)))
        return [lower == scalar ? ReferenceUnicode.lowercase[scalar] ?? scalar : lower]
    }

    /// Cuts valid UTF-8 into extended grapheme clusters.
    static func graphemes(_ text: [UInt8]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var state: Int32 = 0
        var previous: Int32 = -1
        var start = 0
        var index = 0
        while index < text.count {
            let (scalar, length) = decodeScalar(text, at: index)
            let current = scalar.map { Int32(truncatingIfNeeded: $0) } ?? 0xFFFD
            if previous >= 0, unsafe utf8proc_grapheme_break_stateful(previous, current, &state) {
                result.append(start..<index)
                start = index
            }
            previous = current
            index += length
        }
        if start < text.count { result.append(start..<text.count) }
        return result
    }

    /// The scalar at `index` and its length; nil and 1 for a byte that is not part of valid UTF-8.
    @inline(__always)
    static func decodeScalar(_ text: [UInt8], at index: Int) -> (scalar: UInt32?, length: Int) {
        let first = text[index]
        if first < 0x80 { return (UInt32(first), 1) }
        let length = utf8ScalarLength(text, at: index)
        switch length {
        case 2: return (UInt32(first & 0x1F) << 6 | UInt32(text[index + 1] & 0x3F), 2)
        case 3:
            return (
                UInt32(first & 0x0F) << 12 | UInt32(text[index + 1] & 0x3F) << 6 | UInt32(text[index + 2] & 0x3F), 3
            )
        case 4:
            return (
                UInt32(first & 0x07) << 18 | UInt32(text[index + 1] & 0x3F) << 12
                    | UInt32(text[index + 2] & 0x3F) << 6 | UInt32(text[index + 3] & 0x3F), 4
            )
        default: return (nil, 1)
        }
    }

    /// The scalar that ends just before `index` and its start; nil scalar for a stray byte.
    static func decodeScalar(_ text: [UInt8], endingAt index: Int) -> (scalar: UInt32?, start: Int) {
        var start = index - 1
        while start > 0, index - start < 4, text[start] & 0xC0 == 0x80 { start -= 1 }
        let (scalar, length) = decodeScalar(text, at: start)
        return start + length == index ? (scalar, start) : (nil, index - 1)
    }

    static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
        guard let scalar = Unicode.Scalar(scalar), let encoded = UTF8.encode(scalar) else { return }
        bytes.append(contentsOf: encoded)
    }
}
