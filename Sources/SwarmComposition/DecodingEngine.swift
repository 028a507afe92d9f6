package import SwarmKernels
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
    private let step: UnionStep
    /// By member: the threads that evaluate it.
    private let memberThreads: [ThreadPool]
    /// Runs members side by side; nil where they are evaluated one after another.
    let side: ThreadPool?
    /// By member, made when first needed.
    private var lattices: [Int: ByteLattice] = [:]
    /// Text symbols that cannot stand where a scalar begins.
    private lazy var broken: [Int] = {
        let map = composition.map
        return (0..<map.textSymbolCount).filter { !continues(UTF8State(), map.bytes(of: SymbolID($0))) }
    }()
    /// By member: tokens that cannot stand where a scalar begins, made when first needed.
    private var brokenTokens: [Int: [Int]] = [:]

    /// - Parameters:
    ///   - pool: the threads that evaluate.
    ///   - threadsPerMember: where members are evaluated side by side, the threads that each has; nil: one after another,
    ///     each on all of `pool`. The text is the same.
    package init(composition: Composition, pool: ThreadPool, threadsPerMember: Int? = nil) {
        self.composition = composition
        let isSideBySide = threadsPerMember != nil && composition.members.count > 1
        side = isSideBySide ? pool : nil
        let pools = composition.members.map { _ in
            isSideBySide ? ThreadPool(threadCount: threadsPerMember ?? 1) : pool
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
        let before = cursors.indices.map(evaluations)
        // To the power of another weight than 1, the log-linear pool's single member is not itself.
        let isOrdinary = active.count == 1 && (composition.pool.kind == .linear || weights[active[0]] == 1)
        let weighted = active.map { (index: $0, weight: weights[$0]) }
        prepare(prompt, openings)
        let units = units(of: active, isOrdinary: isOrdinary)
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
            case .bytes: try decodeBytes(weighted, mixing, &run, onText: onText)
            }
        run.speculation?.finish()
        for cursor in cursors { try cursor.evaluate(draft: nil, after: run.text) }
        for lattice in lattices.values { try lattice.evaluate(draft: nil, after: run.text) }
        let last = run.stream.finish()
        if !last.isEmpty { try onText(last) }
        for index in cursors.indices { run.members[index].evaluations = evaluations(index) - before[index] }
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
        case bytes
    }

    /// What the members `active` write in.
    /// - Parameter isOrdinary: whether it is one that is itself.
    private func units(of active: [Int], isOrdinary: Bool) -> Units {
        switch composition.alignment.mode {
        case .bytes: .bytes
        case .union: isOrdinary ? .tokens : .symbols
        case .hybrid where isOrdinary: .tokens
        // A lattice begins like a text.
        case .hybrid: active.allSatisfy(beginsLikeText) ? .bytes : .symbols
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

    private func evaluations(_ index: Int) -> Int {
        cursors[index].evaluations + (lattices[index]?.statistics.evaluations ?? 0)
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

    // MARK: One member

    /// Ordinary decoding: tokens are sampled and appended as they are.
    private func decodeTokens(
        of index: Int, temperature: Double, _ run: inout Run, onText: ([UInt8]) throws -> Void
    ) throws -> Generated.Finish {
        let cursor = cursors[index]
        let tokenizer = cursor.member.tokenizer
        let broken = brokenTokens(of: index)
        var ids = cursor.tokens(of: run.text)
        while run.count < run.options.maxTokens {
            try speculate([(index, cursor)], &run)
            var probabilities: [Double]
            switch try cursor.read(ids, slides: run.options.contextPolicy == .slide) {
            case .windowFull: return .context
            case .faulty: throw CompositionError.allMembersFaulty(position: ids.count)
            case .distribution(let distribution, let maskedMass):
                run.members[index].maskedMass += maskedMass
                probabilities = distribution.tempered(temperature)
            }
            if run.state.isComplete {
                for token in broken where !cursor.mask.isEnd[token] { probabilities[token] = 0 }
            } else {
                for token in probabilities.indices where probabilities[token] > 0 {
                    let isValid = !cursor.mask.isEnd[token] && continues(run.state, tokenizer.tokenBytes[token])
                    if !isValid { probabilities[token] = 0 }
                }
            }
            let lately = Set(ids.suffix(run.options.sampling.repetitionWindow).map(\.index))
            guard let token = run.sampler.choose(probabilities, penalised: lately, step: run.count) else {
                return .deadEnd
            }
            if cursor.mask.isEnd[token] { return .end }
            var bytes = tokenizer.tokenBytes[token]
            // The space that the tokenizer puts before a text is none of the text's.
            if ids.isEmpty && cursor.opensWithSpace && bytes.first == 0x20 { bytes.removeFirst() }
            ids.append(TokenID(token))
            if try run.append(bytes, onText: onText) { return .stop }
        }
        return .length
    }

    private func brokenTokens(of index: Int) -> [Int] {
        if let known = brokenTokens[index] { return known }
        let bytes = cursors[index].member.tokenizer.tokenBytes
        let broken = cursors[index].mask.allowed.indices.filter { !continues(UTF8State(), bytes[$0]) }
        brokenTokens[index] = broken
        return broken
    }

    // MARK: Several members

    private func decodeSymbols(
        _ weighted: [(index: Int, weight: Double)], _ mixing: Mixing, _ run: inout Run,
        onText: ([UInt8]) throws -> Void
    ) throws -> Generated.Finish {
        let map = composition.map
        var weights = mixing.isStatic ? nil : StepWeights(mixing, kind: composition.pool.kind)
        // Those that count most are asked first, where the others may not have to be.
        let maySkip = maySkip(weighted, mixing, run.options)
        let weighted = maySkip ? weighted.sorted { $0.weight > $1.weight } : weighted
        while run.count < run.options.maxTokens {
            let isStart = run.text.isEmpty
            let asked = weighted.map(\.index).filter { !run.members[$0].isDropped }
            if run.speculation != nil { try speculate(asked.map { ($0, cursors[$0]) }, &run) }
            if !maySkip || !run.options.skips { readSideBySide(asked.map { cursors[$0] }, text: run.text) }
            var lately: Set<Int> = []
            var answers: [(index: Int, weight: Double, probabilities: [Double])] = []
            var decided: Int?
            for (index, weight) in weighted where !run.members[index].isDropped {
                let cursor = cursors[index]
                if maySkip, run.options.skips, !answers.isEmpty, run.state.isComplete, fits(weighted, run) {
                    decided = step.decided(
                        answers, of: weighted.filter { !run.members[$0.index].isDropped }, isStart: isStart,
                        opensWithSpace: { cursors[$0].opensWithSpace }, broken: broken)
                    if decided != nil { break }
                }
                let ids = cursor.tokens(of: run.text)
                for id in ids.suffix(run.options.sampling.repetitionWindow) {
                    if let symbol = map.members[index].symbol(of: id) { lately.insert(symbol.index) }
                }
                switch try cursor.read(ids, slides: run.options.contextPolicy == .slide) {
                case .windowFull:
                    guard run.options.contextPolicy == .drop else { return .context }
                    run.members[index].isDropped = true
                case .faulty:
                    guard !run.options.isStrict else {
                        throw CompositionError.faultyRow(member: cursor.member.name, position: ids.count)
                    }
                    run.members[index].faultyRows += 1
                case .distribution(let probabilities, let maskedMass):
                    run.members[index].maskedMass += maskedMass
                    answers.append((index, weight, probabilities))
                }
            }
            if let decided {
                if decided == map.end.index { return .end }
                if try run.append(Array(map.bytes(of: SymbolID(decided))), onText: onText) { return .stop }
                continue
            }
            if weighted.allSatisfy({ run.members[$0.index].isDropped }) { return .context }
            try adapt(&answers, &weights, after: run.text)
            run.weights = weights?.inForce
            guard var mixed = step.mix(answers, isStart: isStart, opensWithSpace: { cursors[$0].opensWithSpace }) else {
                throw CompositionError.allMembersFaulty(position: run.count)
            }
            maskInvalid(&mixed, after: run.state)
            guard let symbol = run.sampler.choose(mixed, penalised: lately, step: run.count) else { return .deadEnd }
            if symbol == map.end.index { return .end }
            let bytes = surface(of: SymbolID(symbol), answers, isStart: isStart)
            if try run.append(bytes, onText: onText) { return .stop }
        }
        return .length
    }

    /// Tempers what members say after `text` and gives them the weights they have there.
    private func adapt(
        _ answers: inout [(index: Int, weight: Double, probabilities: [Double])], _ weights: inout StepWeights?,
        after text: [UInt8]
    ) throws {
        guard weights != nil else { return }
        let now = try weights?.weights(
            awake: answers.map(\.index), entropy: { try cursors[$0].entropy() },
            scores: {
                // Members without a weight have no say, but their tokenizers do: scoring cuts the text by all of them.
                cursors.map { cursor in
                    _ = cursor.tokens(of: text)
                    return cursor.scores
                }
            })
        for index in answers.indices {
            let member = answers[index].index
            answers[index].weight = now?[member] ?? answers[index].weight
            answers[index].probabilities = answers[index].probabilities.tempered(
                weights?.dimensions.temperature(of: member) ?? 1)
        }
        answers.removeAll { $0.weight == 0 }
    }

    /// Takes away what would make the text invalid UTF-8.
    private func maskInvalid(_ probabilities: inout [Double], after state: UTF8State) {
        guard !state.isComplete else {
            for symbol in broken { probabilities[symbol] = 0 }
            return
        }
        let map = composition.map
        for symbol in 0..<map.textSymbolCount where probabilities[symbol] > 0 {
            if !continues(state, map.bytes(of: SymbolID(symbol))) { probabilities[symbol] = 0 }
        }
        probabilities[map.end.index] = 0
    }

    private func continues(_ state: UTF8State, _ bytes: some Sequence<UInt8>) -> Bool {
        var state = state
        return state.advance(over: bytes)
    }

    /// The bytes of a symbol; of several surfaces the one that the members together find likeliest.
    private func surface(
        of symbol: SymbolID, _ answers: [(index: Int, weight: Double, probabilities: [Double])], isStart: Bool
    ) -> [UInt8] {
        let map = composition.map
        let surfaces = map.surfaces(of: symbol)
        guard surfaces.count > 1 else { return Array(map.bytes(of: symbol)) }
        var masses = [Int32: Double](uniqueKeysWithValues: surfaces.map { ($0, 0) })
        for (index, weight, probabilities) in answers {
            let member = map.members[index]
            let isInitial = isStart && cursors[index].opensWithSpace && !member.initialKeys.isEmpty
            let keys = isInitial ? member.initialKeys : member.keys
            for (key, probability) in zip(keys, probabilities) where masses[key] != nil {
                masses[key, default: 0] += abs(weight) * probability
            }
        }
        let best = surfaces.max { (masses[$0] ?? 0, -$0) < (masses[$1] ?? 0, -$1) }
        return best.map { Array(map.keys[Int($0)]) } ?? []
    }
}
