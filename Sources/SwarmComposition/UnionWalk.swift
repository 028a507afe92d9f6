internal import Foundation
package import SwarmKernels
internal import SwarmVocabulary

/// How likely generation in mode `union` is to write a given text.
///
/// A generator that writes whole symbols may write a text in many ways: every cut of it into shared symbols is one. What
/// follows depends on the text so far alone and not on how it was cut, because members read the text anew after every
/// symbol. So the probability of reaching offset j is
///
///     F(0) = 1,   F(j) = Σ_{i<j} F(i) · P(symbol text[i..<j] | text[..<i])
///
/// and that of a text that begins with all n bytes, whatever its last symbol has beyond them,
///
///     P(text…) = F(n) + Σ_{i<n} F(i) · Σ_u P(u | text[..<i])   over symbols u longer than text[i..<n] that begin with it.
///
/// P(symbol | text) is a step of the composition's policy and pool, without what would make the text invalid UTF-8. It
/// is what the byte-level probabilities P(text…) of the other modes compare with; joint segments are another mixture,
/// which decides once a segment.
package final class UnionWalk {
    private let composition: Composition
    private let cursors: [MemberCursor]
    private let step: UnionStep
    /// The bytes of the longest key.
    private let longest: Int

    package init(composition: Composition, threads: ThreadPool) {
        self.composition = composition
        cursors = composition.members.map { MemberCursor(member: $0, pool: threads) }
        step = UnionStep(map: composition.map, policy: composition.alignment.policy, pool: composition.pool)
        let keys = composition.map.keys
        longest = (0..<keys.count).reduce(0) { max($0, keys[$1].count) }
    }

    /// Tokens evaluated so far, by all members.
    package var evaluations: Int { cursors.reduce(0) { $0 + $1.evaluations } }

    /// log P(text…); −∞ where no cut into symbols has any probability.
    /// - Parameter text: valid UTF-8.
    /// - Throws: `CompositionError`, `ModelError`.
    package func logProbability(of text: [UInt8], weights: [Double]) throws -> Double {
        try composition.check(weights: weights)
        let active = weights.indices.filter { weights[$0] != 0 }.map { (index: $0, weight: weights[$0]) }
        // log F.
        var reached = [Double](repeating: -.infinity, count: text.count + 1)
        reached[0] = 0
        var beyond = -Double.infinity
        var state = UTF8State()
        for start in text.indices {
            if reached[start] > -.infinity {
                let next = try distribution(after: Array(text[..<start]), state, active)
                for end in start + 1...min(text.count, start + longest) {
                    guard let symbol = next.symbol(composition.map, text[start..<end]) else { continue }
                    let probability = next.probabilities[symbol.index]
                    if probability > 0 {
                        reached[end] = Self.logSum(reached[end], reached[start] + log(probability))
                    }
                }
                if text.count - start < longest {
                    let tail = next.mass(composition.map, beginningWith: text[start...])
                    if tail > 0 { beyond = Self.logSum(beyond, reached[start] + log(tail)) }
                }
            }
            _ = state.advance(text[start])
        }
        return Self.logSum(reached[text.count], beyond)
    }

    private func distribution(
        after text: [UInt8], _ state: UTF8State, _ active: [(index: Int, weight: Double)]
    ) throws -> UnionDistribution {
        var answers: [(index: Int, weight: Double, probabilities: [Double])] = []
        for (index, weight) in active {
            switch try cursors[index].read(cursors[index].tokens(of: text), slides: true) {
            case .windowFull, .faulty: break
            case .table(let probabilities): answers.append((index, weight, probabilities))
            case .next(let next): answers.append((index, weight, next.probabilities()))
            }
        }
        guard let mixed = step.mix(answers, isStart: text.isEmpty) else {
            throw CompositionError.allMembersFaulty(position: text.count)
        }
        return UnionDistribution(mixed, answers, composition.map, isStart: text.isEmpty, after: state)
    }

    private static func logSum(_ a: Double, _ b: Double) -> Double {
        let top = max(a, b)
        return top > -.infinity ? top + log(exp(a - top) + exp(b - top)) : top
    }
}

/// One step of the walk: a distribution over what a generator would write.
private struct UnionDistribution {
    /// By symbol; what would make the text invalid has none.
    private(set) var probabilities: [Double]
    private let answers: [(index: Int, weight: Double, probabilities: [Double])]
    private let isStart: Bool

    init(
        _ mixed: [Double], _ answers: [(index: Int, weight: Double, probabilities: [Double])], _ map: SharedVocabulary,
        isStart: Bool, after state: UTF8State
    ) {
        var probabilities = mixed
        for symbol in 0..<map.textSymbolCount where probabilities[symbol] > 0 {
            var state = state
            if !state.advance(over: map.bytes(of: SymbolID(symbol))) { probabilities[symbol] = 0 }
        }
        if !state.isComplete { probabilities[map.end.index] = 0 }
        let sum = probabilities.reduce(0, +)
        self.probabilities = sum > 0 ? probabilities.map { $0 / sum } : probabilities
        self.answers = answers
        self.isStart = isStart
    }

    /// The symbol that is written as `bytes`: of several spellings the one that the members find likeliest.
    func symbol(_ map: SharedVocabulary, _ bytes: ArraySlice<UInt8>) -> SymbolID? {
        guard let symbol = map.symbol(ofKey: bytes) else { return nil }
        return spelling(map, symbol).elementsEqual(bytes) ? symbol : nil
    }

    /// What symbols longer than `bytes` that begin with them have together.
    func mass(_ map: SharedVocabulary, beginningWith bytes: ArraySlice<UInt8>) -> Double {
        var sum = 0.0
        for symbol in 0..<map.textSymbolCount where probabilities[symbol] > 0 {
            let spelled = spelling(map, SymbolID(symbol))
            if spelled.count > bytes.count && spelled.starts(with: bytes) { sum += probabilities[symbol] }
        }
        return sum
    }

    private func spelling(_ map: SharedVocabulary, _ symbol: SymbolID) -> ArraySlice<UInt8> {
        let surfaces = map.surfaces(of: symbol)
        guard surfaces.count > 1 else { return map.bytes(of: symbol) }
        var masses = [Double](repeating: 0, count: surfaces.count)
        for (index, weight, probabilities) in answers {
            let member = map.members[index]
            let keys = isStart && !member.initialKeys.isEmpty ? member.initialKeys : member.keys
            for (key, probability) in zip(keys, probabilities) {
                if let place = surfaces.firstIndex(of: key) {
                    masses[place - surfaces.startIndex] += abs(weight) * probability
                }
            }
        }
        var best = 0
        for place in masses.indices where masses[place] > masses[best] { best = place }
        return map.keys[Int(surfaces[surfaces.startIndex + best])]
    }
}
