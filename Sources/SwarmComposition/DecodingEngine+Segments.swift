internal import SwarmVocabulary

extension DecodingEngine {
    /// Joint segments drawn whole, a token of one member at a time: what `decodeBytes` draws byte by byte, for pools that
    /// are mixtures.
    func decodeSegments(
        _ weighted: [(index: Int, weight: Double)], _ mixing: Mixing, _ run: inout Run,
        onText: ([UInt8]) throws -> Void
    ) throws -> Generated.Finish {
        var voices = try startVoices(weighted, mixing, run, at: run.text)
        let before = voices.map { $0.voice.lattice.statistics }
        defer { account(for: weighted, since: before, &run) }
        var tokens = TokenCount(voices.map(\.voice))
        let chooser = ByteChooser(pool: composition.pool, isEager: run.options.isEager)
        var segments = mixing.isStatic ? nil : segmentWeights(voices, mixing)
        var sampler = SegmentSampler(
            voices.map(\.voice), settings: run.options.sampling, isEager: run.options.isEager,
            readSideBySide: side == nil ? nil : { [self] in readSideBySide($0) })
        var step = 0
        while true {
            run.count = tokens.count
            guard run.count < run.options.maxTokens else { return .length }
            var written: SegmentSampler.Written?
            do {
                if run.speculation != nil { try speculate(voices.map { ($0.index, $0.voice.lattice) }, &run) }
                let members = voices.map(\.index)
                let (text, state) = (run.text, run.state)
                var inForce: [Double]?
                written = try sampler.next(after: text.count, step: step) { bytes in
                    bytes.isEmpty ? state.isComplete : continues(state, bytes)
                } begin: { voices in
                    try segments?.begin(after: text, awake: members)
                    inForce = segments?.inForce
                    for (number, member) in members.enumerated() {
                        voices[number].weight = weight(of: member, weighted, segments)
                    }
                }
                run.weights = inForce ?? run.weights
                if written == nil {
                    // Nobody has a token to go on with: a byte, of all together.
                    let choice = try choose(chooser, sampler.voices, nil, run, step: step)
                    written = try choice.map { try sampler.take($0) }
                }
            } catch let full as WindowFull {
                let count = voices.count
                if let finish = try makeRoom(full, &voices, &run) { return finish }
                if voices.count < count { tokens.choose(voices.map(\.voice)) }
                sampler.voices = voices.map(\.voice)
                continue
            }
            guard let written else { return .deadEnd }
            run.dropped = max(run.dropped, written.dropped)
            guard let bytes = written.bytes else { return .end }
            step += bytes.count
            if try run.extend(bytes, onText: onText) { return .stop }
        }
    }
}
