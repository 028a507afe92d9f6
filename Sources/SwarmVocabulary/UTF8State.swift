/// Where a byte string stands inside UTF-8: between scalars, or so many bytes into one.
///
/// Well-formed UTF-8 as the Unicode Standard's table 3-7 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
package struct UTF8State: Equatable, Sendable {
    /// Continuation bytes that the scalar begun still needs; 0 between scalars.
    package private(set) var missing: UInt8 = 0
    /// The range the next continuation byte must lie in.
    private var low: UInt8 = 0x80
    private var high: UInt8 = 0xBF

    package init() {}

    /// Whether every scalar so far is complete.
    package var isComplete: Bool { missing == 0 }

    /// Takes the next byte.
    /// - Returns: false when no well-formed text can have this byte here; the state is then as before.
    package mutating func advance(_ byte: UInt8) -> Bool {
        if missing > 0 {
            guard byte >= low && byte <= high else { return false }
            self = UTF8State(missing: missing - 1)
            return true
        }
        switch byte {
        case 0x00...0x7F: break
        case 0xC2...0xDF: self = UTF8State(missing: 1)
        case 0xE0: self = UTF8State(missing: 2, low: 0xA0)
        case 0xED: self = UTF8State(missing: 2, high: 0x9F)
        case 0xE1...0xEF: self = UTF8State(missing: 2)
        case 0xF0: self = UTF8State(missing: 3, low: 0x90)
        case 0xF1...0xF3: self = UTF8State(missing: 3)
        case 0xF4: self = UTF8State(missing: 3, high: 0x8F)
        default: return false
        }
        return true
    }

    /// Takes `bytes` one after another.
    /// - Returns: false when they cannot go on a well-formed text; the state is then as before.
    package mutating func advance(over bytes: some Sequence<UInt8>) -> Bool {
        var next = self
        for byte in bytes where !next.advance(byte) { return false }
        self = next
        return true
    }

    /// Whether `bytes` are well-formed UTF-8 from end to end.
    package static func isValid(_ bytes: some Sequence<UInt8>) -> Bool {
        var state = UTF8State()
        return state.advance(over: bytes) && state.isComplete
    }

    private init(missing: UInt8, low: UInt8 = 0x80, high: UInt8 = 0xBF) {
        self.missing = missing
        self.low = low
        self.high = high
    }
}
