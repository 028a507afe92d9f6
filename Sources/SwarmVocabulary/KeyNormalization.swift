internal import CUtf8proc
internal import Foundation

/// When two byte keys are one symbol: when they are equal after this Unicode normalisation.
///
/// Keys that are not valid UTF-8 are only ever equal to themselves.
package enum KeyNormalization: String, Sendable, Codable, CaseIterable {
    /// Bytes must be equal.
    case none
    /// Canonical equivalence.
    case nfc
    /// Compatibility equivalence.
    case nfkc
    /// Compatibility equivalence without case and default-ignorable characters.
    case nfkcCasefold = "nfkc-casefold"

    /// The normal form of `text`, valid UTF-8; nil when it is `text` itself or has none.
    func changedForm(of text: [UInt8]) -> [UInt8]? {
        // Every form but casefolding leaves ASCII alone, and nearly all keys are ASCII.
        if self != .nfkcCasefold && text.allSatisfy({ $0 < 0x80 }) { return nil }
        guard let form = normalized(text), form != text else { return nil }
        return form
    }

    private func normalized(_ text: [UInt8]) -> [UInt8]? {
        let options: UInt32
        switch self {
        case .none: return nil
        case .nfc: options = UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue
        case .nfkc: options = UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue | UTF8PROC_COMPAT.rawValue
        case .nfkcCasefold:
            options =
                UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue | UTF8PROC_COMPAT.rawValue
                | UTF8PROC_CASEFOLD.rawValue | UTF8PROC_IGNORE.rawValue
        }
        return unsafe text.withUnsafeBufferPointer { bytes -> [UInt8]? in
            var output: UnsafeMutablePointer<UInt8>?
            let length = unsafe utf8proc_map(
                bytes.baseAddress, bytes.count, &output, utf8proc_option_t(rawValue: options))
            defer { unsafe free(output) }
            guard length >= 0, let start = unsafe output else { return nil }
            return unsafe Array(UnsafeBufferPointer(start: start, count: length))
        }
    }
}
