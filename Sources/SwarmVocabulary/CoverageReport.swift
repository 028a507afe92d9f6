internal import SwarmTokenizers

/// How far the vocabularies of a map agree.
package struct CoverageReport: Equatable, Sendable, Codable {
    package struct Member: Equatable, Sendable, Codable {
        package var name: String
        /// Ids of the tokenizer, holes included.
        package var tokens: Int
        /// Tokens that stand for bytes.
        package var textTokens: Int
        /// Symbols of those tokens; fewer where a byte token and a letter are the same bytes.
        package var symbols: Int
        /// Tokens that end a text.
        package var endTokens: Int
        /// Other control tokens, unused ids and tokens of no bytes: masked.
        package var masked: Int
        /// Text tokens that are not valid UTF-8 by themselves.
        package var partialUTF8: Int
        /// Text symbols of other members that it can write in pieces.
        package var inPieces: Int
        /// Text symbols of other members that it cannot begin to write.
        package var unwritable: Int
    }

    package struct Overlap: Equatable, Sendable, Codable {
        package var first: String
        package var second: String
        /// Text symbols that both have.
        package var shared: Int
    }

    package var normalization: String
    /// Text symbols in all.
    package var symbols: Int
    /// Byte keys in all.
    package var keys: Int
    /// Symbols of several keys.
    package var mergedClasses: Int
    package var members: [Member]
    /// Every pair of members once.
    package var overlaps: [Overlap]
}

extension SharedVocabulary {
    /// How far the vocabularies agree.
    package var coverage: CoverageReport {
        let isPartial = (0..<keys.count).map { !UTF8State.isValid(keys[$0]) }
        let owned = members.map { member in (0..<textSymbolCount).map { member.firstPieces[$0] == Int32($0) } }
        let reports = zip(members, owned).map { member, owns in
            let running = member.keys.filter { $0 >= 0 }
            return CoverageReport.Member(
                name: member.name, tokens: member.keys.count, textTokens: running.count,
                symbols: owns.count { $0 },
                endTokens: member.keys.count { $0 == Self.endKey },
                masked: member.keys.count { $0 == Self.masked },
                partialUTF8: running.count { isPartial[Int($0)] },
                inPieces: (0..<textSymbolCount).count { !owns[$0] && member.firstPieces[$0] >= 0 },
                unwritable: (0..<textSymbolCount).count { member.firstPieces[$0] < 0 })
        }
        var overlaps: [CoverageReport.Overlap] = []
        for first in members.indices {
            for second in members.indices where second > first {
                overlaps.append(
                    CoverageReport.Overlap(
                        first: members[first].name, second: members[second].name,
                        shared: (0..<textSymbolCount).count { owned[first][$0] && owned[second][$0] }))
            }
        }
        return CoverageReport(
            normalization: normalization.rawValue, symbols: textSymbolCount, keys: keys.count,
            mergedClasses: (0..<textSymbolCount).count { surfaces(of: SymbolID($0)).count > 1 }, members: reports,
            overlaps: overlaps)
    }
}
