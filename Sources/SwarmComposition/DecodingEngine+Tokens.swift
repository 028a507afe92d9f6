internal import SwarmTokenizers
internal import SwarmVocabulary

/// A member alone: ordinary decoding over its own tokens.
extension DecodingEngine {
    /// Tokens are chosen and appended as they are.
    func decodeTokens(
        of index: Int, temperature: Double, _ run: inout Run, onText: ([UInt8]) throws -> Void
    ) throws -> Generated.Finish {
        let cursor = cursors[index]
        let tokenizer = cursor.member.tokenizer
        var ids = cursor.tokens(of: run.text)
        while run.count < run.options.maxTokens {
            try speculate([(index, cursor)], &run)
            let lately = Set(ids.suffix(run.options.sampling.repetitionWindow).map(\.index))
            let token: Int?
            switch try cursor.read(ids, slides: run.options.contextPolicy == .slide) {
            case .windowFull: return .context
            case .faulty: throw CompositionError.allMembersFaulty(position: ids.count)
            case .table(let probabilities):
                token = choose(of: index, probabilities.tempered(temperature), penalised: lately, run)
            case .next(var next):
                run.members[index].maskedMass += next.maskedMass
                token =
                    lazily(temperature: temperature, run) { sampler in
                        sampler.choose(from: &next, without: brokenTokens(of: index), step: run.count)
                    } ?? choose(of: index, next.probabilities().tempered(temperature), penalised: lately, run)
            }
            guard let token else { return .deadEnd }
            if cursor.mask.isEnd[token] { return .end }
            var bytes = tokenizer.tokenBytes[token]
            // The space that the tokenizer puts before a text is none of the text's.
            if ids.isEmpty && cursor.opensWithSpace && bytes.first == 0x20 { bytes.removeFirst() }
            ids.append(TokenID(token))
            if try run.append(bytes, onText: onText) { return .stop }
        }
        return .length
    }

    /// What `choose` chooses without the whole distribution, which is at `temperature` before the sampler's own; nil where
    /// that has to be written down.
    func lazily(temperature: Double, _ run: Run, choose: (Sampler) -> Int?) -> Int? {
        guard run.state.isComplete, run.options.sampling.repetitionPenalty == 1 else { return nil }
        return run.sampler.after(temperature: temperature).flatMap(choose)
    }

    /// A token of a member's whole distribution.
    private func choose(
        of index: Int, _ probabilities: [Double], penalised: Set<Int>, _ run: Run
    ) -> Int? {
        var probabilities = probabilities
        let (isEnd, bytes) = (cursors[index].mask.isEnd, cursors[index].member.tokenizer.tokenBytes)
        mask(&probabilities, after: run.state, brokenTokens(of: index), isEnd: { isEnd[$0] }, bytes: { bytes[$0] })
        return run.sampler.choose(probabilities, penalised: penalised, step: run.count)
    }
}
