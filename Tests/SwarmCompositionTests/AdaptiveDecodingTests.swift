import Foundation
import SwarmComposition
import SwarmModels
import SwarmTokenizers
import Testing

/// Generation with temperatures, uncertainty gating and recency.
@Suite struct AdaptiveDecodingTests {
    private let prompt = Array("the cat sat on the".utf8)
    private let weights = [0.4, 0.1, 0.2, 0.3]
    private let all = PoolDimensions(
        temperatures: [1, 0.8, 2, 1], uncertainty: 0.3, recencyShare: 0.05, recencyRate: 0.8)
    private static let modes: [AlignmentSettings.Mode] = [.union, .bytes, .hybrid]

    private func engine(
        _ members: [Member], _ mode: AlignmentSettings.Mode, pool: PoolSettings = PoolSettings(), shares: Bool = false
    ) throws -> DecodingEngine {
        let engine = DecodingEngine(
            composition: try Composition(members: members, alignment: AlignmentSettings(mode: mode), pool: pool),
            pool: SmallMembers.pool)
        engine.sharesPrefixes = shares
        return engine
    }

    private func options(_ count: Int, _ temperature: Double = 1, seed: UInt64 = 3) -> GenerationOptions {
        GenerationOptions(maxTokens: count, sampling: SamplerSettings(temperature: temperature, seed: seed))
    }

    @Test(arguments: modes) func neutralValuesChangeNoBit(mode: AlignmentSettings.Mode) throws {
        let members = try SmallMembers.all()
        let neutral = PoolDimensions(temperatures: [1, 1, 1, 1], uncertainty: 0, recencyShare: 1, recencyRate: 0.4)
        for temperature in [0.0, 1] {
            let plain = try engine(members, mode).generate(
                prompt: prompt, weights: weights, options: options(12, temperature))
            let found = try engine(members, mode).generate(
                prompt: prompt, mixing: Mixing(weights: weights, dimensions: neutral), options: options(12, temperature)
            )
            #expect(found == plain)
        }
    }

    /// Over bytes the prompt is read ahead in batches, whose answers stay until they are asked for: as much is evaluated as
    /// where nothing is ever forgotten, but for a few paths that come back.
    @Test func whatIsReadAheadIsReadOnce() throws {
        let members = try SmallMembers.all()
        let long = Array(SmallMembers.texts.joined())
        let moving = PoolDimensions(recencyShare: 0.05, recencyRate: 1)
        func evaluations(shares: Bool) throws -> Int {
            try engine(members, .bytes, shares: shares).generate(
                prompt: long, mixing: Mixing(weights: weights, dimensions: moving), options: options(1)
            ).members.reduce(0) { $0 + $1.evaluations }
        }
        let kept = try evaluations(shares: true)
        #expect(try evaluations(shares: false) <= kept + kept / 10)
    }

    /// A pool's own dimensions are those of `generate(prompt:weights:)`.
    @Test func thePoolsDimensionsHold() throws {
        let members = try SmallMembers.all()
        let found = try engine(members, .union, pool: PoolSettings(dimensions: all)).generate(
            prompt: prompt, weights: weights, options: options(12))
        let expected = try engine(members, .union).generate(
            prompt: prompt, mixing: Mixing(weights: weights, dimensions: all), options: options(12))
        #expect(found == expected)
        #expect(found.weights != nil && found.weights != weights)
    }

    @Test func oneMemberIsItselfWhateverItsPast() throws {
        let members = try SmallMembers.all()
        let moving = PoolDimensions(uncertainty: 0.7, recencyShare: 0.02, recencyRate: 1.3)
        for index in members.indices {
            let oneHot = members.indices.map { $0 == index ? 1.0 : 0 }
            let found = try engine(members, .union).generate(
                prompt: prompt, mixing: Mixing(weights: oneHot, dimensions: moving), options: options(20))
            let alone = try engine([members[index]], .union).generate(
                prompt: prompt, weights: [1], options: options(20))
            #expect(found.text == alone.text)
        }
    }

    /// A single member's temperature is the sampler's.
    @Test(arguments: modes) func temperatureOfOneMember(mode: AlignmentSettings.Mode) throws {
        let member = try SmallMembers.byteLevel()
        for seed in 0..<6 as Range<UInt64> {
            let found = try engine([member], mode).generate(
                prompt: prompt, mixing: Mixing(weights: [1], dimensions: PoolDimensions(temperatures: [0.7])),
                options: options(12, seed: seed))
            // Over bytes plain sampling takes another way to the same law; 0.7 and 1 go the same.
            let expected = try engine([member], mode).generate(
                prompt: prompt, weights: [1], options: options(12, 0.7, seed: seed))
            #expect(found.text == expected.text)
        }
    }

    /// The weights that scoring `text` leaves.
    private func weights(after text: [UInt8], _ mixing: Mixing, _ members: [Member]) throws -> [Double] {
        let dimensions = mixing.dimensions
        let temperatures = dimensions.temperaturesToRead
        var table = SegmentTable(memberCount: members.count, temperatures: temperatures)
        table.append(
            JointSegments(
                try members.map {
                    try TextScorer(member: $0, temperatures: temperatures, pool: SmallMembers.pool).score(text)
                }))
        var state = AdaptiveWeights(mixing)
        for segment in 0..<table.segmentCount {
            state.update(
                members.indices.map { member in
                    let cell = segment * members.count + member
                    let column = temperatures.firstIndex(of: dimensions.temperature(of: member))
                    return column.map { table.tempered[$0][cell] } ?? table.logProbabilities[cell]
                })
        }
        return state.weights(
            entropies: [Double](repeating: 0, count: members.count), isAwake: members.map { _ in true })
    }

    private func distance(_ a: [Double], _ b: [Double]) -> Double {
        a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }

    /// At every step the weights are what scoring the text so far leaves, whatever was generated and re-read before.
    @Test func weightsAreThoseOfScoring() throws {
        let members = try SmallMembers.all()
        let moving = PoolDimensions(temperatures: [1, 0.8, 2, 1], recencyShare: 0.05, recencyRate: 0.8)
        let mixing = Mixing(weights: weights, dimensions: moving)
        let stepwise = try engine(members, .union)
        for steps in [1, 2, 7, 15] {
            let found = try stepwise.generate(prompt: prompt, mixing: mixing, options: options(steps))
            let before = try stepwise.generate(prompt: prompt, mixing: mixing, options: options(steps - 1))
            let expected = try weights(after: prompt + before.text, mixing, members)
            #expect(distance(try #require(found.weights), expected) < 1e-9)
        }
    }

    /// Where words are written byte by byte, the weights are those after the text up to where the last segment began.
    @Test func weightsOfSegmentsAreThoseOfScoring() throws {
        let members = try SmallMembers.all()
        let moving = PoolDimensions(temperatures: [1, 0.8, 2, 1], recencyShare: 0.05, recencyRate: 0.8)
        let mixing = Mixing(weights: weights, dimensions: moving)
        let stepwise = try engine(members, .hybrid)
        var places: Set<Int> = []
        for steps in [1, 3, 8] {
            let found = try stepwise.generate(prompt: prompt, mixing: mixing, options: options(steps))
            let inForce = try #require(found.weights)
            let distances = try (0...found.text.count).map { end in
                try distance(inForce, weights(after: prompt + found.text[..<end], mixing, members))
            }
            // Partitions are summed in another order.
            let place = distances.firstIndex { $0 < 1e-7 }
            #expect(place != nil, "\(steps): \(distances)")
            places.insert(place ?? -1)
        }
        #expect(places.count > 1)
    }

    /// The same over bytes.
    @Test func weightsAreThoseOfScoringBytes() throws {
        let members = try SmallMembers.all()
        let moving = PoolDimensions(uncertainty: 0.2, recencyShare: 0.05, recencyRate: 0.8)
        let mixing = Mixing(weights: weights, dimensions: moving)
        let stepwise = try engine(members, .bytes)
        let found = try stepwise.generate(prompt: prompt, mixing: mixing, options: options(2))
        let lattices = members.map { ByteLattice(member: $0, pool: SmallMembers.pool) }
        for lattice in lattices { try lattice.start([]) }
        var state = AdaptiveWeights(mixing)
        var inForce: [Double] = []
        // The last step is the byte after all but the last of what was generated.
        for byte in prompt + found.text {
            let rows = try lattices.map { try #require(try $0.row()) }
            inForce = state.weights(
                entropies: rows.map { $0.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 } },
                isAwake: members.map { _ in true })
            state.update(rows.map { log($0[Int(byte)]) })
            for lattice in lattices { try lattice.push(byte) }
        }
        #expect(found.finish == .length && !found.text.isEmpty)
        let weights = try #require(found.weights)
        for (found, expected) in zip(weights, inForce) { #expect(abs(found - expected) < 1e-9) }
    }

    /// Particles that share what was evaluated write what each writes alone, for fewer evaluations.
    @Test(arguments: modes) func sharedPrefixesAreEvaluatedOnce(mode: AlignmentSettings.Mode) throws {
        let members = try SmallMembers.all()
        var particles = [Mixing(weights: weights), Mixing(weights: weights, dimensions: all)]
        for index in 0..<6 {
            let weights = members.indices.map { 0.1 + Double(($0 * 5 + index * 3) % 7) }
            particles.append(
                Mixing(
                    weights: weights,
                    dimensions: index.isMultiple(of: 2) ? PoolDimensions() : PoolDimensions(recencyShare: 0.1)))
        }
        let count = mode == .union ? 14 : 5
        func cost(_ generated: [Generated]) -> Int { generated.flatMap(\.members).reduce(0) { $0 + $1.evaluations } }
        let alone = try particles.map {
            try engine(members, mode).generate(prompt: prompt, mixing: $0, options: options(count))
        }
        let one = try engine(members, mode)
        let after = try particles.map { try one.generate(prompt: prompt, mixing: $0, options: options(count)) }
        let shared = try engine(members, mode, shares: true)
        let together = try particles.map { try shared.generate(prompt: prompt, mixing: $0, options: options(count)) }
        #expect(together.map(\.text) == alone.map(\.text) && after.map(\.text) == alone.map(\.text))
        #expect(together.map(\.weights) == alone.map(\.weights))
        #expect(cost(together) < cost(after) && cost(after) < cost(alone))
        // What was written once costs nothing; a new prompt starts anew.
        let again = try particles.map { try shared.generate(prompt: prompt, mixing: $0, options: options(count)) }
        #expect(again.map(\.text) == alone.map(\.text))
        if mode == .union { #expect(cost(again) == 0) }
        let other = Array("a small".utf8)
        let next = try shared.generate(prompt: other, mixing: particles[1], options: options(count))
        let fresh = try engine(members, mode).generate(prompt: other, mixing: particles[1], options: options(count))
        #expect(next.text == fresh.text)
    }

    /// Weights go on when windows slide or members drop out.
    @Test(arguments: [GenerationOptions.ContextPolicy.slide, .drop]) func windowsEnd(
        policy: GenerationOptions.ContextPolicy
    ) throws {
        let words = try SmallMembers.byteLevel()
        let members = [
            SmallMembers.member("small", .bytes(endOfText: true), order: 4, contextLength: 24),
            SmallMembers.member("large", words.tokenizer, order: 3),
        ]
        let mixing = Mixing(weights: [0.5, 0.5], dimensions: PoolDimensions(recencyShare: 0.1))
        // Some texts end before the small one's window does.
        var options = options(30)
        options.contextPolicy = policy
        var found = try engine(members, .union).generate(prompt: prompt, mixing: mixing, options: options)
        while found.text.count < 24, options.sampling.seed < 40 {
            options.sampling.seed += 1
            found = try engine(members, .union).generate(prompt: prompt, mixing: mixing, options: options)
        }
        let again = try engine(members, .union, shares: true).generate(
            prompt: prompt, mixing: mixing, options: options)
        #expect(found.text == again.text && found.weights == again.weights && found.finish == again.finish)
        #expect(found.text.count >= 24)
        #expect(found.members[0].isDropped == (policy == .drop))
    }

    @Test func refusesWhatItCannotDo() throws {
        let members = [SmallMembers.bytes(), try SmallMembers.byteLevel()]
        let composition = try Composition(
            members: members, alignment: AlignmentSettings(mode: .bytes, epsilon: 0.01))
        let engine = DecodingEngine(composition: composition, pool: SmallMembers.pool)
        let mixing = Mixing(weights: [0.5, 0.5], dimensions: PoolDimensions(uncertainty: 0.1))
        #expect(throws: CompositionError.self) { try engine.generate(prompt: prompt, mixing: mixing) }
        let negative = Mixing(weights: [1.5, -0.5], dimensions: PoolDimensions(recencyShare: 0.1))
        let affine = try self.engine(members, .union, pool: PoolSettings(constraint: .affine))
        #expect(throws: CompositionError.self) { try affine.generate(prompt: prompt, mixing: negative) }
    }
}
