/// What to generate and when to stop.
package struct GenerationOptions: Equatable, Sendable {
    /// What happens when a member's window is full.
    package enum ContextPolicy: String, Sendable, Codable, CaseIterable {
        /// Generation ends with reason `context`.
        case stop
        /// The member goes on with its start token and the last half of its window.
        case slide
        /// The member is left out from then on, and named in the result.
        case drop
    }

    /// Symbols (or tokens of a single member) at most; over bytes, tokens of the member of the largest weight.
    package var maxTokens: Int
    package var sampling: SamplerSettings
    /// Byte strings that end the text and are no part of it.
    package var stop: [[UInt8]]
    package var contextPolicy: ContextPolicy
    /// Whether a member's faulty logits are an error instead of leaving it out of the step.
    package var isStrict: Bool
    /// How tokens are guessed ahead, so that several are evaluated together. The text is the same.
    package var speculation: SpeculationSettings
    /// Over shared tokens, greedily: whether members that cannot change the choice are not asked before they are needed.
    /// The text is the same.
    package var skips: Bool
    /// Over bytes: whether every path is evaluated before each choice. The text is the same; for tests and measurements.
    package var isEager: Bool

    package init(
        maxTokens: Int = 128, sampling: SamplerSettings = SamplerSettings(), stop: [[UInt8]] = [],
        contextPolicy: ContextPolicy = .stop, isStrict: Bool = false, isEager: Bool = false,
        speculation: SpeculationSettings = SpeculationSettings(), skips: Bool = true
    ) {
        self.speculation = speculation
        self.skips = skips
        self.maxTokens = maxTokens
        self.sampling = sampling
        self.stop = stop
        self.contextPolicy = contextPolicy
        self.isStrict = isStrict
        self.isEager = isEager
    }
}

/// A generated text and what it took.
package struct Generated: Equatable, Sendable, Codable {
    /// Why generation ended.
    package enum Finish: String, Sendable, Codable {
        /// The composition ended the text.
        case end
        /// `maxTokens` were generated.
        case length
        /// A stop string came.
        case stop
        /// A member's window was full.
        case context
        /// Nothing that keeps the text valid UTF-8 has any probability.
        case deadEnd = "dead-end"
    }

    package struct Member: Equatable, Sendable, Codable {
        package var name: String
        /// Tokens evaluated for this text.
        package var evaluations = 0
        /// Batches that they were evaluated in: where weights are read from memory, what evaluating costs.
        package var passes = 0
        /// The sum over steps of the probability that masked control tokens had.
        package var maskedMass = 0.0
        /// Steps it was left out of because its logits were faulty.
        package var faultyRows = 0
        /// Whether its window was full and it was left out from then on.
        package var isDropped = false
        /// Over bytes, of a member of which every segmentation counts: the sum along the text of the share of its
        /// probability that light ones had where they were left out. What it says of a whole text is off by at most this
        /// in total variation.
        package var prunedShare = 0.0
    }

    /// Valid UTF-8 where the prompt is; without the prompt and without the stop string.
    package var text: [UInt8]
    /// Symbols, or tokens of a single member, that were generated; the end symbol is not counted.
    package var tokenCount: Int
    package var finish: Finish
    /// All members of the composition, in its order.
    package var members: [Member]
    /// Bytes that were guessed ahead, and how many of them came true; nil without guessing.
    package var draftedBytes: Int?
    package var acceptedBytes: Int?
    /// Over bytes: the largest bound on the total-variation distance that light paths left out (ε) put between a
    /// distribution chosen from and the exact one; nil where nothing was left out.
    package var totalVariationBound: Double?
    /// Where the pool has dimensions besides weights: the weights that the last symbol was chosen with, one a member.
    package var weights: [Double]?
}
