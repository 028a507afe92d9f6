/// A JSON value as it stands in a file: strings are bytes, object members keep their order.
///
/// Strings are `[UInt8]` (valid UTF-8 after unescaping) because Swift's `String` compares by canonical equivalence and
/// would merge distinct vocabulary entries.
package enum JSON: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case double(Double)
    case string([UInt8])
    case array([JSON])
    case object(JSONObject)
}

/// The members of a JSON object in file order. Keys are unique: a duplicate is a parse error.
package struct JSONObject: Sendable {
    package var members: [(key: [UInt8], value: JSON)]

    package init(members: [(key: [UInt8], value: JSON)] = []) { self.members = members }
}
