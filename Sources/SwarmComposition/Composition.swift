package import SwarmVocabulary
internal import SwarmTokenizers

/// Members, the alphabet they share, and how their distributions are combined. The weights are not part of it: they
/// change from call to call.
package struct Composition: Sendable {
    package let members: [Member]
    package let map: SharedVocabulary
    package let alignment: AlignmentSettings
    package let pool: PoolSettings

    /// - Parameter map: the map of these members' tokenizers, in their order; nil to make it.
    /// - Throws: `CompositionError` when there are no members, two of one name, the map is of other tokenizers or another
    ///   normalisation, or a setting is out of range; `VocabularyError` from making the map.
    package init(
        members: [Member], map: SharedVocabulary? = nil, alignment: AlignmentSettings = AlignmentSettings(),
        pool: PoolSettings = PoolSettings()
    ) throws {
        guard !members.isEmpty else { throw CompositionError.noMembers }
        var names: Set<String> = []
        for member in members where !names.insert(member.name).inserted {
            throw CompositionError.duplicateMember(member.name)
        }
        guard pool.epsilon > 0, pool.epsilon < 1 else {
            throw CompositionError.badSetting(
                name: "pool.epsilon", found: "\(pool.epsilon)", expected: "above 0 and below 1")
        }
        guard alignment.epsilon >= 0, alignment.epsilon < 1 else {
            throw CompositionError.badSetting(
                name: "alignment.epsilon", found: "\(alignment.epsilon)", expected: "at least 0 and below 1")
        }
        if pool.kind == .logLinear && alignment.mode == .union && alignment.policy != .share {
            throw CompositionError.logLinearNeedsShare(policy: alignment.policy.rawValue)
        }
        try pool.dimensions.check(members: members.count, pool: pool)
        if let map {
            try Self.check(map, members: members, normalization: alignment.normalization.ofKeys)
        }
        self.members = members
        self.map =
            try map
            ?? SharedVocabulary(
                members: members.map { ($0.name, $0.tokenizer) }, normalization: alignment.normalization.ofKeys)
        self.alignment = alignment
        self.pool = pool
    }

    /// Checks `weights` against the members and the pool.
    /// - Throws: `CompositionError`.
    package func check(weights: [Double]) throws(CompositionError) {
        try check(Mixing(weights: weights, dimensions: pool.dimensions))
    }

    /// Checks a mixing against the members and the kind of pool.
    /// - Throws: `CompositionError`.
    package func check(_ mixing: Mixing) throws(CompositionError) {
        try Pool.check(mixing.weights, members: members.map(\.name), pool: pool)
        try mixing.dimensions.check(members: members.count, pool: pool, weights: mixing.weights)
    }

    private static func check(
        _ map: SharedVocabulary, members: [Member], normalization: KeyNormalization
    ) throws(CompositionError) {
        guard map.normalization == normalization else {
            throw .mapMismatch(
                field: "normalization", found: map.normalization.rawValue, expected: normalization.rawValue)
        }
        guard map.members.map(\.name) == members.map(\.name) else {
            throw .mapMismatch(
                field: "members", found: map.members.map(\.name).joined(separator: ", "),
                expected: members.map(\.name).joined(separator: ", "))
        }
        for (table, member) in zip(map.members, members) where table.digest != member.tokenizer.digest {
            throw .mapMismatch(
                field: "digest of member \(member.name)", found: table.digest, expected: member.tokenizer.digest)
        }
    }
}
