/// What a token is for. Control tokens are matched between models by role, never by text.
package enum TokenRole: UInt8, Sendable, Codable {
    /// Ordinary text; includes user-defined added tokens that are not special.
    case text
    /// A byte-fallback token such as `<0x0A>`: its text is that one byte.
    case byte
    case beginOfText
    /// End of sequence or end of turn.
    case endOfText
    case padding
    case unknown
    /// Any other control token.
    case control
    /// A hole or a reserved row of the vocabulary.
    case unused
}
