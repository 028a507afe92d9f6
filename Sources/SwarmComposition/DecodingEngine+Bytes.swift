internal import SwarmModels
internal import SwarmTokenizers
internal import SwarmVocabulary

extension DecodingEngine {
    /// Bytes drawn one by one. The prompt's last word is open: what goes on it need not begin a token.
    ///
    /// Where sampling is plain (temperature 0 or 1, nothing cut off), only what the choice needs is evaluated; other
    /// settings work on the exact distribution over bytes, which needs every path.
    func decodeBytes(
        _ weighted: [(index: Int, weight: Double)], _ mixing: Mixing, _ run: inout Run,
        onText: ([UInt8]) throws -> Void
    ) throws -> Generated.Finish {
        let isHybrid = composition.alignment.mode == .hybrid
        var adaptation = try mixing.isStatic || isHybrid ? nil : ByteAdaptation(mixing, composition)
        let chooser = ByteChooser(pool: composition.pool, isEager: run.options.isEager)
        // Weights that follow the text follow the prompt, too, byte by byte.
        var unread = adaptation?.followsText ?? false ? run.text[...] : []
        var voices = try startVoices(weighted, mixing, run, at: unread.isEmpty ? run.text : [])
        let before = voices.map { $0.voice.lattice.statistics }
        var tokens = TokenCount(voices.map(\.voice))
        defer { account(for: weighted, since: before, &run) }
        var boundary = sharedBoundary(voices)
        var segments = isHybrid && !mixing.isStatic ? segmentWeights(voices, mixing) : nil
        var isNew = true
        /// What the weights within the segment are off by at most, on average.
        var weightsDropped = 0.0
        var step = 0
        while true {
            run.count = tokens.count
            guard run.count < run.options.maxTokens else { return .length }
            var choice: ByteChooser.Choice?
            do {
                if !unread.isEmpty,
                    unread.count.isMultiple(of: ByteAdaptation.bytesAtOnce) || unread.count == run.text.count
                {
                    let ahead = unread.prefix((unread.count - 1) % ByteAdaptation.bytesAtOnce + 1)
                    for entry in voices { try entry.voice.lattice.readAhead(ahead) }
                }
                let row = try adaptation?.row(
                    voices.map(\.voice), members: voices.map(\.index), chooser: chooser, position: step)
                if let adaptation { run.weights = adaptation.inForce }
                if let byte = unread.popFirst() {
                    adaptation?.read(byte)
                    for entry in voices { try entry.voice.lattice.push(byte) }
                    tokens.reset()
                    continue
                }
                if run.speculation != nil { try speculate(voices.map { ($0.index, $0.voice.lattice) }, &run) }
                if side != nil { readSideBySide(voices.map(\.voice.lattice)) }
                if let boundary {
                    isNew = try beginsSegment(boundary, voices.map(\.voice), &run, step: step) || isNew
                }
                if isNew {
                    try segments?.begin(after: run.text, awake: voices.map(\.index))
                    run.weights = segments?.inForce ?? run.weights
                    for number in voices.indices {
                        voices[number].voice.weight = weight(of: voices[number].index, weighted, segments)
                    }
                    isNew = false
                    weightsDropped = 0
                }
                let known = try boundary?.ask(voices.map(\.voice))
                choice =
                    try row.map { choose(from: $0, run, step: step) }
                    ?? choose(chooser, voices.map(\.voice), known, run, step: step)
                if let boundary, let known, let symbol = choice?.symbol, symbol != ByteLattice.end {
                    let (weights, dropped) = boundary.weights(
                        voices.map(\.voice), known, after: UInt8(symbol),
                        orNew: voices.map { weight(of: $0.index, weighted, segments) })
                    for number in voices.indices { voices[number].voice.weight = weights[number] }
                    choice?.dropped += weightsDropped
                    weightsDropped += dropped
                }
            } catch let full as WindowFull {
                let count = voices.count
                if let finish = try makeRoom(full, &voices, &run) { return finish }
                if voices.count < count {
                    boundary = sharedBoundary(voices)
                    tokens.choose(voices.map(\.voice))
                }
                continue
            }
            guard let choice else { return .deadEnd }
            run.dropped = max(run.dropped, choice.dropped)
            if choice.symbol == ByteLattice.end { return .end }
            let byte = UInt8(choice.symbol)
            adaptation?.read(byte)
            for entry in voices { try entry.voice.lattice.push(byte) }
            step += 1
            if try run.extend([byte], onText: onText) { return .stop }
        }
    }

    /// The lattices of the members that write, at the beginning `text`.
    func startVoices(
        _ weighted: [(index: Int, weight: Double)], _ mixing: Mixing, _ run: Run, at text: [UInt8]
    ) throws -> [(index: Int, voice: ByteChooser.Voice)] {
        let sampling = run.options.sampling
        let isHybrid = composition.alignment.mode == .hybrid
        return try weighted.map { index, weight in
            let lattice = lattice(index)
            lattice.shape = LatticeShape(
                temperature: isHybrid ? mixing.dimensions.temperature(of: index) : 1,
                repetitionPenalty: sampling.repetitionPenalty, repetitionWindow: sampling.repetitionWindow)
            try lattice.start(text, prefix: try prefix(of: cursors[index]))
            return (index, ByteChooser.Voice(lattice: lattice, weight: weight))
        }
    }

    /// Adds what lattices count besides evaluations to what is told of members.
    func account(
        for weighted: [(index: Int, weight: Double)], since before: [ByteLattice.Statistics], _ run: inout Run
    ) {
        for (entry, before) in zip(weighted, before) {
            let after = lattice(entry.index).statistics
            run.members[entry.index].maskedMass += after.maskedMass - before.maskedMass
            run.members[entry.index].faultyRows += after.faultyRows - before.faultyRows
            run.members[entry.index].prunedShare = lattice(entry.index).state.prunedShare
        }
    }

    /// Does with a full window as the options say.
    /// - Returns: why generation ends; nil where it goes on, perhaps without the voice.
    func makeRoom(
        _ full: WindowFull, _ voices: inout [(index: Int, voice: ByteChooser.Voice)], _ run: inout Run
    ) throws -> Generated.Finish? {
        let (index, voice) = voices[full.voice]
        switch run.options.contextPolicy {
        case .stop: return .context
        case .drop:
            run.members[index].isDropped = true
            voices.remove(at: full.voice)
            return voices.isEmpty ? .context : nil
        case .slide:
            // A conversation that is answered stays whole, so there may be nothing to drop.
            guard cursors[index].opening == nil else { return .context }
            try voice.lattice.slide()
            return nil
        }
    }

    /// What a member counts where a new segment begins.
    func weight(
        of member: Int, _ weighted: [(index: Int, weight: Double)], _ segments: SegmentWeights?
    ) -> Double {
        segments?.inForce[member] ?? weighted.first { $0.index == member }?.weight ?? 0
    }

    func segmentWeights(
        _ voices: [(index: Int, voice: ByteChooser.Voice)], _ mixing: Mixing
    ) -> SegmentWeights {
        let lattices = Dictionary(uniqueKeysWithValues: voices.map { ($0.index, $0.voice.lattice) })
        return SegmentWeights(mixing, kind: composition.pool.kind, lattices: lattices, cursors: cursors)
    }

    private func sharedBoundary(_ voices: [(index: Int, voice: ByteChooser.Voice)]) -> SharedBoundary? {
        guard composition.alignment.mode == .hybrid else { return nil }
        let members = voices.map(\.index)
        let isShared =
            sharedTokens[members] ?? SharedBoundary.shared(voices.map(\.voice), members: members, map: composition.map)
        sharedTokens[members] = isShared
        return SharedBoundary(isShared: isShared, pool: composition.pool)
    }

    /// Decides whether a token ends with the text, where that is to be decided.
    /// - Returns: whether a new segment begins.
    private func beginsSegment(
        _ boundary: SharedBoundary, _ voices: [ByteChooser.Voice], _ run: inout Run, step: Int
    ) throws -> Bool {
        switch try boundary.place(voices) {
        case .inside: return false
        case .boundary: return true
        case .open(let row, let dropped):
            run.dropped = max(run.dropped, dropped)
            // Draws 0 to 16 of a step are the byte's.
            guard let symbol = run.sampler.choose(row, step: step * 32 + 31) else { return false }
            boundary.settle(voices, isBoundary: symbol == ByteLattice.end)
            return symbol == ByteLattice.end
        }
    }

    /// The tokens that a member has read before the text; nil for its start token.
    /// - Throws: `CompositionError` where a lattice, which begins like a text, would not begin as the answer does.
    private func prefix(of cursor: MemberCursor) throws(CompositionError) -> [TokenID]? {
        guard let opening = cursor.opening else { return nil }
        guard opening.opensWithSpace == cursor.member.tokenizer.addsPrefixSpace else {
            throw .badSetting(
                name: "alignment",
                found: "bytes, and a chat template after which \(cursor.member.name) puts no space before the answer",
                expected: "union")
        }
        return opening.tokens
    }

    func choose(
        _ chooser: ByteChooser, _ voices: [ByteChooser.Voice], _ known: [LatticeResolution]?, _ run: Run, step: Int
    ) throws -> ByteChooser.Choice? {
        let sampling = run.options.sampling
        let isValid = validSymbols(after: run.state)
        if sampling.temperature == 0 {
            return try chooser.likeliest(voices, from: known, isValid: isValid, position: step)
        }
        if sampling.temperature == 1 && sampling.topK == 0 && sampling.topP == 1 && sampling.minP == 0 {
            return try chooser.sample(voices, from: known, isValid: isValid, position: step) { attempt in
                SamplerRandom.uniform(seed: sampling.seed, step: step * 32 + attempt)
            }
        }
        guard let (row, dropped) = try chooser.row(voices, position: step) else { return nil }
        return choose(from: row, dropped: dropped, run, step: step)
    }

    private func choose(from row: [Double], dropped: Double = 0, _ run: Run, step: Int) -> ByteChooser.Choice? {
        let masked = zip(row, validSymbols(after: run.state)).map { $1 ? $0 : 0 }
        return run.sampler.choose(masked, step: step * 32).map { ByteChooser.Choice(symbol: $0, dropped: dropped) }
    }

    /// The symbols after which the text is, or can become, valid UTF-8.
    private func validSymbols(after state: UTF8State) -> [Bool] {
        state.isComplete ? Self.validInitially : Self.validSymbols(after: state)
    }

    private static let validInitially = validSymbols(after: UTF8State())

    private static func validSymbols(after state: UTF8State) -> [Bool] {
        (0..<ByteLattice.symbolCount).map { symbol in
            guard symbol != ByteLattice.end else { return state.isComplete }
            var next = state
            return next.advance(UInt8(symbol))
        }
    }
}
