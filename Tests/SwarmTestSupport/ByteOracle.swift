internal import Foundation
package import SwarmTokenizers

/// Byte-level marginals of one member by their definition: add up over all valid paths.
///
/// A path c·v covers x when the bytes of c are a proper prefix of x and x is a prefix of the bytes of c·v. Then
/// mass(x) = Σ over valid covers of p(c·v), and
///
///     P(b | x) = mass(x b) / (Σ_b′ mass(x b′) + mass(x end)).
///
/// `end` may follow a path that is all of a text's tokens.
package struct ByteOracle: Sendable {
    /// By text: Σ p(c·v) over its covers.
    package private(set) var mass: [[UInt8]: Double] = [:]
    /// By text: Σ p(path)·p(end | path) over the paths that spell it.
    package private(set) var endMass: [[UInt8]: Double] = [:]
    /// Texts after which the distribution is known, shortest first.
    package private(set) var texts: [[UInt8]] = []

    /// - Parameters:
    ///   - limit: distributions after texts of fewer than so many bytes are exact.
    ///   - probabilities: p(· | path) by token, the path without its start token.
    package init(_ paths: ValidPaths, limit: Int, probabilities: ([TokenID]) -> [Double]) {
        add(paths, node: 0, path: [], probability: 1, limit, probabilities)
        texts = ([[]] + mass.keys).filter { $0.count < limit && distribution(after: $0) != nil }
            .sorted { $0.count != $1.count ? $0.count < $1.count : $0.lexicographicallyPrecedes($1) }
    }

    /// The distribution over 256 bytes and the end after `text`; nil where no valid path goes on.
    package func distribution(after text: [UInt8]) -> [Double]? {
        var row = (0...255).map { mass[text + [UInt8($0)]] ?? 0 }
        row.append(endMass[text] ?? 0)
        let sum = row.reduce(0, +)
        return sum > 0 ? row.map { $0 / sum } : nil
    }

    private mutating func add(
        _ paths: ValidPaths, node: Int, path: [TokenID], probability: Double, _ limit: Int,
        _ probabilities: ([TokenID]) -> [Double]
    ) {
        let here = paths.nodes[node]
        guard here.text.count < limit, here.isComplete || !here.children.isEmpty else { return }
        let row = probabilities(path)
        if here.isComplete {
            endMass[here.text, default: 0] +=
                probability * paths.tokenizer.endTokens.reduce(0) { $0 + row[$1.index] }
        }
        for (token, child) in here.children.sorted(by: { $0.key < $1.key }) where row[token.index] > 0 {
            let longer = paths.nodes[child].text
            let product = probability * row[token.index]
            for count in stride(from: here.text.count + 1, through: min(limit, longer.count), by: 1) {
                mass[Array(longer[..<count]), default: 0] += product
            }
            add(paths, node: child, path: path + [token], probability: product, limit, probabilities)
        }
    }

    /// p(· | start token, path) of a table model: masked control tokens have no part in it.
    package static func probabilities(
        of model: TableModel, _ tokenizer: Tokenizer
    ) -> @Sendable ([TokenID]) -> [Double] {
        let isCounted = tokenizer.tokenBytes.indices.map { token in
            tokenizer.endTokens.contains(TokenID(token))
                || [.text, .byte].contains(tokenizer.roles[token]) && !tokenizer.tokenBytes[token].isEmpty
        }
        let start = tokenizer.startToken.map { [$0] } ?? []
        precondition(!start.isEmpty, "brute force needs a start token")
        return { path in
            let masses = zip(model.logits(after: start + path), isCounted).map { $1 ? exp(Double($0)) : 0 }
            let sum = masses.reduce(0, +)
            return masses.map { $0 / sum }
        }
    }
}
