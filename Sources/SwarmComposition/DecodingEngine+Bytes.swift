internal import SwarmModels
internal import SwarmTokenizers
internal import SwarmVocabulary

extension DecodingEngine {
    /// Bytes drawn one by one. The prompt's last word is open: what goes on it need not begin a token.
    ///
    /// Where sampling is plain (temperature 0 or 1, nothing cut off), only what the choice needs is evaluated; other
    /// settings work on the exact distribution over bytes, which needs every path.
    func decodeBytes(
        _ weighted: [(index: Int, weight: Double)], _ run: inout Run, onText: ([UInt8]) throws -> Void
    ) throws -> Generated.Finish {
        let sampling = run.options.sampling
        guard sampling.repetitionPenalty == 1 else {
            throw CompositionError.badSetting(
                name: "repetition penalty", found: "\(sampling.repetitionPenalty)",
                expected: "1 with alignment bytes (a byte is no word to say again)")
        }
        let chooser = ByteChooser(pool: composition.pool, isEager: run.options.isEager)
        var voices = weighted.map {
            (index: $0.index, voice: ByteChooser.Voice(lattice: lattice($0.index), weight: $0.weight))
        }
        for entry in voices { entry.voice.lattice.start(run.text) }
        let before = voices.map { $0.voice.lattice.statistics }
        let counted = voices.max { abs($0.voice.weight) < abs($1.voice.weight) }?.voice.lattice
        let firstToken = counted?.certainTokens ?? 0
        defer {
            for (entry, before) in zip(weighted, before) {
                let after = lattice(entry.index).statistics
                run.members[entry.index].maskedMass += after.maskedMass - before.maskedMass
                run.members[entry.index].faultyRows += after.faultyRows - before.faultyRows
            }
        }
        var step = 0
        while true {
            run.count = max(0, (counted?.certainTokens ?? 0) - firstToken)
            guard run.count < run.options.maxTokens else { return .length }
            let choice: ByteChooser.Choice?
            do {
                choice = try choose(chooser, voices.map(\.voice), run, step: step)
            } catch let full as WindowFull {
                let index = voices[full.voice].index
                switch run.options.contextPolicy {
                case .stop: return .context
                case .drop:
                    run.members[index].isDropped = true
                    voices.remove(at: full.voice)
                    if voices.isEmpty { return .context }
                case .slide:
                    voices[full.voice].voice.lattice.slide()
                }
                continue
            }
            guard let choice else { return .deadEnd }
            run.dropped = max(run.dropped, choice.dropped)
            if choice.symbol == ByteLattice.end { return .end }
            let byte = UInt8(choice.symbol)
            for entry in voices { entry.voice.lattice.push(byte) }
            step += 1
            if try run.extend([byte], onText: onText) { return .stop }
        }
    }

    private func choose(
        _ chooser: ByteChooser, _ voices: [ByteChooser.Voice], _ run: Run, step: Int
    ) throws -> ByteChooser.Choice? {
        let sampling = run.options.sampling
        let isValid = validSymbols(after: run.state)
        if sampling.temperature == 0 { return try chooser.likeliest(voices, isValid: isValid, position: step) }
        if sampling.temperature == 1 && sampling.topK == 0 && sampling.topP == 1 && sampling.minP == 0 {
            return try chooser.sample(voices, isValid: isValid, position: step) { attempt in
                SamplerRandom.uniform(seed: sampling.seed, step: step * 32 + attempt)
            }
        }
        guard let (row, dropped) = try chooser.row(voices, position: step) else { return nil }
        let masked = zip(row, isValid).map { $1 ? $0 : 0 }
        return run.sampler.choose(masked, step: step * 32).map { ByteChooser.Choice(symbol: $0, dropped: dropped) }
    }

    /// The symbols after which the text is, or can become, valid UTF-8.
    private func validSymbols(after state: UTF8State) -> [Bool] {
        (0..<ByteLattice.symbolCount).map { symbol in
            guard symbol != ByteLattice.end else { return state.isComplete }
            var next = state
            return next.advance(UInt8(symbol))
        }
    }
}
