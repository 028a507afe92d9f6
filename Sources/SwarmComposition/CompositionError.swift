/// What can go wrong with a composition.
package enum CompositionError: Error, Equatable, CustomStringConvertible {
    /// A composition of nothing.
    case noMembers
    /// Two members have one name.
    case duplicateMember(String)
    /// One weight a member, in their order.
    case weightCount(found: Int, members: Int)
    /// A weight that is NaN or infinite.
    case weightNotFinite(member: String, found: Double)
    /// A weight below 0 where the pool has none.
    case negativeWeight(member: String, found: Double)
    /// Nothing to mix: the weights sum to zero, or all of them are zero.
    case weightsSumToZero([Double])
    /// The vocabulary map is not that of these members.
    case mapMismatch(field: String, found: String, expected: String)
    /// The log-linear pool needs distributions over a common support.
    case logLinearNeedsShare(policy: String)
    /// The log-linear pool cannot be normalised over joint segments.
    case logLinearNeedsDistributions
    /// A setting out of its range.
    case badSetting(name: String, found: String, expected: String)
    /// A member's logits are NaN, +∞ or all −∞, and faults are errors.
    case faultyRow(member: String, position: Int)
    /// No member gave usable logits.
    case allMembersFaulty(position: Int)

    package var description: String {
        switch self {
        case .noMembers:
            "members, composition: found 0, expected at least 1"
        case .duplicateMember(let name):
            "member name, \(name): found twice, expected once"
        case .weightCount(let found, let members):
            "weights, composition: found \(found), expected \(members), one a member"
        case .weightNotFinite(let member, let found):
            "weight, member \(member): found \(found), expected a finite number"
        case .negativeWeight(let member, let found):
            "weight, member \(member): found \(found), expected at least 0 (negative weights need constraint affine)"
        case .weightsSumToZero(let weights):
            "weights, composition: found \(weights), which weights sum to zero, expected a sum to divide by"
        case .mapMismatch(let field, let found, let expected):
            "\(field), vocabulary map: found \(found), expected \(expected)"
        case .logLinearNeedsShare(let policy):
            "policy, pool log-linear: found \(policy), expected share (log-linear needs a common support)"
        case .logLinearNeedsDistributions:
            "pool, scoring of text: found log-linear over the union, expected linear, or alignment bytes or hybrid "
                + "(log-linear needs whole distributions; joint segments hold the probabilities of one text only)"
        case .badSetting(let name, let found, let expected):
            "\(name), settings: found \(found), expected \(expected)"
        case .faultyRow(let member, let position):
            "logits, member \(member) at token \(position): found NaN, +∞ or no finite value, expected numbers"
        case .allMembersFaulty(let position):
            "logits, every member at token \(position): found NaN, +∞ or no finite value, expected numbers"
        }
    }
}
