package import SwarmKernels
internal import SwarmModels
internal import SwarmTokenizers
internal import SwarmVocabulary

/// Generates text with a composition, every member's KV cache kept from step to step and from call to call.
///
/// The text is one byte string that each member reads through its own canonical tokens. After each symbol its bytes are
/// appended, every member's reading rolled back to what it has in common with the new text's, and the rest evaluated.
/// With one member of non-zero weight, decoding is that member's own, over its own tokens: the others are not asked.
///
/// Where the pool has dimensions besides weights, they hold at every step: the weights are those that scoring the text
/// so far, prompt included, would have after it. Lives on one thread.
package final class DecodingEngine {
    package let composition: Composition
    /// Whether calls with one prompt share all they have in common, and not only with the call before: what was evaluated
    /// stays until another prompt comes. Costs memory, changes no text.
    package var sharesPrefixes = false
    let cursors: [MemberCursor]
    private var lastPrompt: [UInt8]?
    let step: UnionStep
    /// By member: the threads that evaluate it.
    private let memberThreads: [ThreadPool]
    /// Runs members side by side; nil where they are evaluated one after another.
    let side: ThreadPool?
    /// By member, made when first needed.
    private var lattices: [Int: ByteLattice] = [:]
    /// By members that write together: which of their tokens they share, made when first needed.
    var sharedTokens: [[Int]: [[Bool]]] = [:]
    /// Text symbols that cannot stand where a scalar begins.
    lazy var broken: NumberSet = {
        let map = composition.map
        let list = (0..<map.textSymbolCount).filter { !continues(UTF8State(), map.bytes(of: SymbolID($0))) }
        return NumberSet(list, below: map.symbolCount)
    }()
    /// By member: tokens that cannot stand where a scalar begins, made when first needed.
    private var brokenTokens: [Int: NumberSet] = [:]

    /// - Parameters:
    ///   - pool: the threads that evaluate.
    ///   - threadsPerMember: the threads that each member has, evaluated beside the others; 0: one after another, each on
    ///     all of `pool`; nil: side by side on a thread each where that looks quicker. The text is the same.
    package init(composition: Composition, pool: ThreadPool, threadsPerMember: Int? = nil) {
        self.composition = composition
        let sizes = composition.members.map(\.model.summary.weightBytes)
        let isSideBySide =
            threadsPerMember.map { $0 > 0 && sizes.count > 1 }
            ?? Self.isQuickerSideBySide(sizes, threads: pool.threadCount)
        side = isSideBySide ? pool : nil
        let pools = composition.members.map { _ in
            // While members run side by side on the pool, what it is asked for within is done by the asking thread alone.
            threadsPerMember.map { $0 > 1 && isSideBySide ? ThreadPool(threadCount: $0) : pool } ?? pool
        }
        memberThreads = pools
        cursors = zip(composition.members, pools).map { MemberCursor(member: $0, pool: $1) }
        step = UnionStep(map: composition.map, policy: composition.alignment.policy, pool: composition.pool)
    }

    /// Goes on `prompt`.
    ///
    /// Calls with one prompt, or prompts that begin alike, read what they have in common once, whatever the weights.
    /// - Parameters:
    ///   - prompt: without special tokens; each member's start token is put before it.
    ///   - weights: one a member; with the dimensions of the composition's pool.
    ///   - openings: by member, the conversation that the text answers, in place of its start token; nil for plain text.
    ///     The prompt is then the beginning of the answer: empty as a rule. Weights that follow the text follow the
    ///     answer, which is the text that members have in common.
    ///   - onText: given the text as it is certain, in complete UTF-8 scalars.
    /// - Throws: `CompositionError`, `ModelError`, or what `onText` throws.
    package func generate(
        prompt: [UInt8], weights: [Double], openings: [ChatOpening]? = nil,
        options: GenerationOptions = GenerationOptions(),
        onText: ([UInt8]) throws -> Void = { _ in }
    ) throws -> Generated {
        try generate(
            prompt: prompt, mixing: Mixing(weights: weights, dimensions: composition.pool.dimensions),
            openings: openings, options: options, onText: onText)
    }

    /// The same with dimensions other than the pool's.
    package func generate(
        prompt: [UInt8], mixing: Mixing, openings: [ChatOpening]? = nil,
        options: GenerationOptions = GenerationOptions(),
        onText: ([UInt8]) throws -> Void = { _ in }
    ) throws -> Generated {
        let weights = mixing.weights
        try composition.check(mixing)
        try options.sampling.check()
        guard options.stop.allSatisfy({ !$0.isEmpty }) else {
            throw CompositionError.badSetting(name: "stop", found: "an empty string", expected: "some text")
        }
        if let openings, openings.count != cursors.count {
            throw CompositionError.badSetting(
                name: "openings", found: "\(openings.count)", expected: "\(cursors.count), one a member")
        }
        let active = weights.indices.filter { weights[$0] != 0 }
        var run = Run(prompt: prompt, options: options, members: composition.members)
        let before = cursors.indices.map(effort(of:))
        // To the power of another weight than 1, the log-linear pool's single member is not itself.
        let isOrdinary = active.count == 1 && (composition.pool.kind == .linear || weights[active[0]] == 1)
        let weighted = active.map { (index: $0, weight: weights[$0]) }
        prepare(prompt, openings)
        let units = units(of: active, isOrdinary: isOrdinary, mixing, run.sampler)
        for (index, cursor) in cursors.enumerated() {
            let isScored = units == .symbols && mixing.dimensions.hasRecency
            cursor.scoring = isScored ? mixing.dimensions.temperature(of: index) : nil
        }
        let finish =
            switch units {
            case .tokens:
                try decodeTokens(
                    of: active[0], temperature: mixing.dimensions.temperature(of: active[0]), &run, onText: onText)
            case .symbols: try decodeSymbols(weighted, mixing, &run, onText: onText)
            case .segments: try decodeSegments(weighted, mixing, &run, onText: onText)
            case .bytes: try decodeBytes(weighted, mixing, &run, onText: onText)
            }
        run.speculation?.finish()
        for cursor in cursors { try cursor.evaluate(draft: nil, after: run.text) }
        for lattice in lattices.values { try lattice.evaluate(draft: nil, after: run.text) }
        let last = run.stream.finish()
        if !last.isEmpty { try onText(last) }
        for (index, before) in before.enumerated() {
            let after = effort(of: index)
            run.members[index].evaluations = after.evaluations - before.evaluations
            run.members[index].passes = after.passes - before.passes
        }
        var generated = Generated(text: run.stream.text, tokenCount: run.count, finish: finish, members: run.members)
        generated.weights = run.weights
        generated.draftedBytes = run.speculation?.drafted
        generated.acceptedBytes = run.speculation?.accepted
        if composition.alignment.mode != .union && (composition.alignment.epsilon > 0 || run.dropped > 0) {
            generated.totalVariationBound = run.dropped
        }
        return generated
    }

    /// What a text is written in.
    private enum Units {
        /// A single member's own tokens.
        case tokens
        case symbols
        /// Joint segments, each by one member.
        case segments
        case bytes
    }

    /// What the members `active` write in.
    /// - Parameter isOrdinary: whether it is one that is itself.
    private func units(of active: [Int], isOrdinary: Bool, _ mixing: Mixing, _ sampler: Sampler) -> Units {
        switch composition.alignment.mode {
        case .bytes: .bytes
        case .union: isOrdinary ? .tokens : .symbols
        case .hybrid where isOrdinary: .tokens
        // A lattice begins like a text.
        case .hybrid where !active.allSatisfy(beginsLikeText): .symbols
        case .hybrid:
            // A mixture of segments is drawn from by drawing a member.
            composition.pool.kind == .linear && mixing.weights.allSatisfy { $0 >= 0 } && sampler.drawsFromAll
                ? .segments : .bytes
        }
    }

    /// Lets members go on what `openings` say and forgets what was evaluated for another prompt.
    private func prepare(_ prompt: [UInt8], _ openings: [ChatOpening]?) {
        let isOther = lastPrompt != prompt || cursors.indices.contains { cursors[$0].opening != openings?[$0] }
        for (index, cursor) in cursors.enumerated() {
            cursor.begin(after: openings?[index])
            if isOther { cursor.forgetBranches() }
            cursor.tree.keepsBranches = sharesPrefixes
        }
        for lattice in lattices.values {
            if isOther { lattice.keepsNodes = false }
            lattice.keepsNodes = sharesPrefixes
        }
        lastPrompt = prompt
    }

    /// Whether what a member's answer begins with is what its texts begin with.
    private func beginsLikeText(_ index: Int) -> Bool {
        let cursor = cursors[index]
        return cursor.opening.map { $0.opensWithSpace == cursor.member.tokenizer.addsPrefixSpace } ?? true
    }

    /// Seconds that members took to evaluate tokens since the engine was made, all together.
    package var evaluationSeconds: Double {
        cursors.reduce(0) { $0 + $1.tree.evaluationSeconds }
            + lattices.values.reduce(0) { $0 + $1.session.evaluationSeconds }
    }

    /// Tokens that a member evaluated, and in how many batches.
    private func effort(of index: Int) -> (evaluations: Int, passes: Int) {
        let (tree, lattice) = (cursors[index].tree, lattices[index]?.statistics)
        return (tree.evaluations + (lattice?.evaluations ?? 0), tree.passes + (lattice?.passes ?? 0))
    }

    /// The lattice of a member, kept from call to call.
    func lattice(_ index: Int) -> ByteLattice {
        if let known = lattices[index] { return known }
        let lattice = ByteLattice(
            member: composition.members[index], pool: memberThreads[index],
            settings: LatticeSettings(composition.alignment))
        lattice.keepsNodes = sharesPrefixes
        lattices[index] = lattice
        return lattice
    }

    /// What changes while a text is generated.
    struct Run {
        let options: GenerationOptions
        let sampler: Sampler
        /// The prompt and what was generated.
        var text: [UInt8]
        /// The UTF-8 state after `text`.
        var state = UTF8State()
        var stream: TextStream
        var count = 0
        /// The largest bound on what ε changed in a distribution that was chosen from.
        var dropped = 0.0
        var members: [Generated.Member]
        /// Where the pool has dimensions besides weights: the weights of the last step.
        var weights: [Double]?
        /// Nil where nothing is guessed ahead.
        var speculation: Speculation?

        init(prompt: [UInt8], options: GenerationOptions, members: [Member]) {
            self.options = options
            sampler = Sampler(options.sampling)
            speculation = Speculation(options.speculation)
            text = prompt
            for byte in prompt where !state.advance(byte) {
                // Nothing can make a broken prompt valid; what comes after starts afresh.
                state = UTF8State()
                _ = state.advance(byte)
            }
            stream = TextStream(stops: options.stop, after: state)
            self.members = members.map { Generated.Member(name: $0.name) }
        }

        /// Takes the bytes of a symbol.
        /// - Returns: whether a stop string is complete.
        mutating func append(_ bytes: [UInt8], onText: ([UInt8]) throws -> Void) throws -> Bool {
            count += 1
            return try extend(bytes, onText: onText)
        }

        /// As `append`, for bytes that are no symbol of their own.
        mutating func extend(_ bytes: [UInt8], onText: ([UInt8]) throws -> Void) throws -> Bool {
            text += bytes
            _ = state.advance(over: bytes)
            let (released, isStopped) = stream.push(bytes)
            if !released.isEmpty { try onText(released) }
            return isStopped
        }
    }

    /// Tokens of a member that stand for text and cannot stand where a scalar begins.
    func brokenTokens(of index: Int) -> NumberSet {
        if let known = brokenTokens[index] { return known }
        let mask = cursors[index].mask
        let bytes = cursors[index].member.tokenizer.tokenBytes
        let list = mask.allowed.indices.filter { !mask.isEnd[$0] && !continues(UTF8State(), bytes[$0]) }
        let broken = NumberSet(list, below: mask.allowed.count)
        brokenTokens[index] = broken
        return broken
    }

    /// Takes away the probability of what would make the text invalid UTF-8 after `state`.
    /// - Parameters:
    ///   - broken: what cannot stand where a scalar begins.
    ///   - isEnd: whether a number ends the text, which it cannot inside a scalar.
    ///   - bytes: of a number that does not.
    func mask(
        _ probabilities: inout [Double], after state: UTF8State, _ broken: NumberSet, isEnd: (Int) -> Bool,
        bytes: (Int) -> some Sequence<UInt8>
    ) {
        guard !state.isComplete else {
            for number in broken.list { probabilities[number] = 0 }
            return
        }
        for number in probabilities.indices where probabilities[number] > 0 {
            if isEnd(number) || !continues(state, bytes(number)) { probabilities[number] = 0 }
        }
    }

    func continues(_ state: UTF8State, _ bytes: some Sequence<UInt8>) -> Bool {
        // Most of a vocabulary, all of which is asked about.
        if state.isComplete && bytes.allSatisfy({ $0 < 0x80 }) { return true }
        var state = state
        return state.advance(over: bytes)
    }
}
