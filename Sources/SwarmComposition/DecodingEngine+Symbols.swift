internal import SwarmTokenizers
internal import SwarmVocabulary

/// Several members over shared symbols.
extension DecodingEngine {
    /// What a member says at a step, with its weight there.
    private struct Answer {
        let index: Int
        var weight: Double
        /// Nil where the member was not asked, or was and is tempered.
        var next: NextToken?
        /// By token: its probabilities where there is no `next`.
        var table: [Double] = []

        var probabilities: [Double] { next?.probabilities() ?? table }
    }

    private static let fewSymbols = 16_384

    func decodeSymbols(
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
            let asked = weighted.filter { !run.members[$0.index].isDropped }
            if run.speculation != nil { try speculate(asked.map { ($0.index, cursors[$0.index]) }, &run) }
            let sure = maySkip && run.options.skips ? most(of: asked) : asked.map(\.index)
            readSideBySide(sure.map { cursors[$0] }, text: run.text)
            var lately: Set<Int> = []
            var answers: [Answer] = []
            var decided: Int?
            for (index, weight) in asked {
                let cursor = cursors[index]
                // Whether windows have room is asked last: it takes every member's tokens of the text.
                if maySkip, run.options.skips, !answers.isEmpty, run.state.isComplete,
                    let symbol = mixture(answers, of: asked, isStart: isStart)?.decided(without: broken),
                    fits(weighted, run)
                {
                    decided = symbol
                    break
                }
                let ids = cursor.tokens(of: run.text)
                if run.options.sampling.repetitionPenalty != 1 {
                    for id in ids.suffix(run.options.sampling.repetitionWindow) {
                        if let symbol = map.members[index].symbol(of: id) { lately.insert(symbol.index) }
                    }
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
                case .table(let probabilities):
                    answers.append(Answer(index: index, weight: weight, table: probabilities))
                case .next(let next):
                    run.members[index].maskedMass += next.maskedMass
                    answers.append(Answer(index: index, weight: weight, next: next))
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
            guard let symbol = try choose(answers, isStart: isStart, penalised: lately, run) else { return .deadEnd }
            if symbol == map.end.index { return .end }
            let bytes = surface(of: SymbolID(symbol), answers, isStart: isStart)
            if try run.append(bytes, onText: onText) { return .stop }
        }
        return .length
    }

    /// A symbol of what members say together.
    /// - Throws: `CompositionError` where they say nothing.
    private func choose(
        _ answers: [Answer], isStart: Bool, penalised: Set<Int>, _ run: Run
    ) throws(CompositionError) -> Int? {
        // Over few symbols the whole mixture costs less than the bounds that spare it, but for a draw, which needs none.
        let isLazy = composition.map.symbolCount >= Self.fewSymbols || run.sampler.drawsFromAll
        if isLazy, var mixture = mixture(answers, of: answers.map { ($0.index, $0.weight) }, isStart: isStart) {
            let symbol = lazily(temperature: 1, run) { sampler in
                sampler.choose(from: &mixture, without: broken, step: run.count)
            }
            if let symbol { return symbol }
        }
        let whole = answers.map { (index: $0.index, weight: $0.weight, probabilities: $0.probabilities) }
        guard var mixed = step.mix(whole, isStart: isStart, opensWithSpace: { cursors[$0].opensWithSpace }) else {
            throw CompositionError.allMembersFaulty(position: run.count)
        }
        let map = composition.map
        mask(&mixed, after: run.state, broken, isEnd: { $0 == map.end.index }, bytes: { map.bytes(of: SymbolID($0)) })
        return run.sampler.choose(mixed, penalised: penalised, step: run.count)
    }

    /// What members say together, to be evaluated where it is asked; nil where it takes the whole distribution.
    /// - Parameter all: the members that take part, those that have not answered among them, with their weights.
    private func mixture(
        _ answers: [Answer], of all: [(index: Int, weight: Double)], isStart: Bool
    ) -> LazyMixture? {
        let sum = all.reduce(0) { $0 + $1.weight }
        guard sum > 0, !answers.contains(where: { $0.next == nil }) else { return nil }
        return step.lazily(
            answers.compactMap { answer in answer.next.map { (answer.index, answer.weight / sum, $0) } },
            isStart: isStart)
    }

    /// Tempers what members say after `text` and gives them the weights they have there.
    private func adapt(_ answers: inout [Answer], _ weights: inout StepWeights?, after text: [UInt8]) throws {
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
            let temperature = weights?.dimensions.temperature(of: member) ?? 1
            guard temperature != 1 else { continue }
            answers[index].table = answers[index].probabilities.tempered(temperature)
            answers[index].next = nil
        }
        answers.removeAll { $0.weight == 0 }
    }

    /// The bytes of a symbol; of several surfaces the one that the members together find likeliest.
    private func surface(of symbol: SymbolID, _ answers: [Answer], isStart: Bool) -> [UInt8] {
        let map = composition.map
        let surfaces = map.surfaces(of: symbol)
        guard surfaces.count > 1 else { return Array(map.bytes(of: symbol)) }
        var masses = [Int32: Double](uniqueKeysWithValues: surfaces.map { ($0, 0) })
        for answer in answers {
            let member = map.members[answer.index]
            let weight = abs(answer.weight)
            guard isStart && cursors[answer.index].opensWithSpace && !member.initialKeys.isEmpty else {
                let probabilities = answer.table
                for token in step.tokens(of: symbol, member: answer.index).map(Int.init) {
                    let probability =
                        answer.next?.mass(of: token) ?? (token < probabilities.count ? probabilities[token] : 0)
                    masses[member.keys[token], default: 0] += weight * probability
                }
                continue
            }
            for (key, probability) in zip(member.initialKeys, answer.probabilities) where masses[key] != nil {
                masses[key, default: 0] += weight * probability
            }
        }
        let best = surfaces.max { (masses[$0] ?? 0, -$0) < (masses[$1] ?? 0, -$1) }
        return best.map { Array(map.keys[Int($0)]) } ?? []
    }
}
