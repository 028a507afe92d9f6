/// What can go wrong with a shared vocabulary and its file.
package enum VocabularyError: Error, Equatable, CustomStringConvertible {
    /// The map file says something that cannot be: `field` in `path`: found, expected.
    case badFile(path: String, field: String, found: String, expected: String)
    /// The map was made from another tokenizer than the member has now.
    case digestMismatch(path: String, member: String, found: String, expected: String)
    /// The map was made without this member.
    case missingMember(path: String, member: String, known: [String])
    /// Two members have one name.
    case duplicateMember(String)
    /// More tokens or bytes than a map can hold.
    case tooLarge(what: String, found: Int, limit: Int)

    package var description: String {
        switch self {
        case .badFile(let path, let field, let found, let expected):
            "\(field), \(path): found \(found), expected \(expected)"
        case .digestMismatch(let path, let member, let found, let expected):
            "vocabulary map was built for another tokenizer, \(path), member \(member): "
                + "found digest \(found), expected \(expected)"
        case .missingMember(let path, let member, let known):
            "vocabulary map lacks a member, \(path): found \(known.joined(separator: ", ")), expected \(member)"
        case .duplicateMember(let name):
            "member name, \(name): found twice, expected once"
        case .tooLarge(let what, let found, let limit):
            "\(what): found \(found), expected at most \(limit)"
        }
    }
}
