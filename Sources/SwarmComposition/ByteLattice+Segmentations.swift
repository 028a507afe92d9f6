internal import SwarmModels
internal import SwarmTokenizers
internal import SwarmVocabulary

/// All segmentations of a text, as far as they matter.
///
/// Where every segmentation counts their number doubles with the words: so where a word is over its paths are weighed,
/// which needs what the member says along them, and light ones are left out (`LatticeSettings`). The tokenizer's own path
/// stays whatever it weighs. What is left goes on as several first branches with their weights. Which paths go depends on
/// the text and the model alone and not on what happens to have been evaluated.
extension ByteLattice {
    /// Branches that paths are weighed at even where no word is over.
    private static let mostBranches = 48

    /// Weighs the paths over the last word, where there are several.
    /// - Parameter wordEnd: the last place before the end of the text where a word is over.
    func settle(wordEnd: Int) throws {
        guard countsAll, state.branches.contains(where: { !$0.isCanonical }) else { return }
        let place = state.branches.count > Self.mostBranches ? state.text.count : wordEnd
        guard place > state.settled else { return }
        do {
            try settle(at: place)
        } catch ModelError.contextTooLong {
            // Whoever asks for the next distribution is told.
            return
        }
        state.settled = place
        state.prune()
    }

    private func settle(at place: Int) throws {
        let branches = state.branches
        let (masses, lost) = try weigh(before: place)
        // Every path goes through one of these: a token that ends at the place or reaches over it, or one on the way.
        var heads = branches.indices.filter { branch in
            guard masses[branch] != nil else { return false }
            let parent = branches[branch].parent
            return branches[branch].node.end < place
                ? branches[branch].range != nil : parent < 0 || branches[parent].node.end < place
        }
        let total = heads.reduce(0) { $0 + (masses[$1] ?? 0) }
        // The tokenizer's own first, then the heaviest.
        heads.sort { a, b in
            if branches[a].isCanonical != branches[b].isCanonical { return branches[a].isCanonical }
            return (masses[a] ?? 0, -a) > (masses[b] ?? 0, -b)
        }
        var kept: [Int] = []
        for head in heads {
            let isHeavy = kept.count < settings.mostPaths && (masses[head] ?? 0) >= settings.leastShare * total
            if branches[head].isCanonical || isHeavy { kept.append(head) }
        }
        guard !kept.isEmpty else { return }
        let left = kept.reduce(0) { $0 + (masses[$1] ?? 0) }
        if total + lost > 0 { state.prunedShare += (total + lost - left) / (total + lost) }

        var places = [Int](repeating: -1, count: branches.count)
        var result: [LatticeState.Branch] = []
        for head in kept {
            places[head] = result.count
            var branch = branches[head]
            branch.parent = -1
            // Where nothing has any mass, all that may be written is as good.
            branch.weight = left > 0 ? (masses[head] ?? 0) / left : 1
            result.append(branch)
        }
        for branch in branches.indices where places[branch] < 0 {
            let parent = branches[branch].parent
            guard parent >= 0, places[parent] >= 0, branches[parent].node.end >= place else { continue }
            places[branch] = result.count
            var next = branches[branch]
            next.parent = places[parent]
            result.append(next)
        }
        state.branches = result
    }

    /// What the paths have that end at `place` or reach over it, by branch; nil for those that are left out. Evaluates the
    /// nodes before `place` that have something to go on.
    /// - Returns: also what is left out on the way.
    private func weigh(before place: Int) throws -> (masses: [Double?], lost: Double) {
        let branches = state.branches
        var masses: [Double?] = branches.map { $0.parent < 0 ? $0.weight : nil }
        var lost = 0.0
        var next = branches.indices.filter { masses[$0] != nil }
        while !next.isEmpty {
            next = next.filter { branches[$0].node.end < place && !branches.children(of: $0).isEmpty }
            try session.read(next.map { branches[$0].node })
            var after: [Int] = []
            for branch in next {
                guard let mass = masses[branch] else { continue }
                let children = branches.children(of: branch)
                var reading: TokenMasses?
                if case .masses(let masses) = branches[branch].node.reading(in: shape, index: session.index) {
                    reading = masses
                }
                let least = reading.map { settings.leastShare * branches.given(by: $0, to: children, of: branch) } ?? 0
                for child in children {
                    // Of a member that says nothing the paths that go on keep what there was.
                    let share = reading?.values[branches[child].node.position] ?? 1
                    guard branches[child].isCanonical || (share >= least && share > 0) else {
                        lost += mass * share
                        continue
                    }
                    masses[child] = mass * share
                    after.append(child)
                }
            }
            next = after
        }
        return (masses, lost)
    }

    /// Evaluates in one batch what the tokenizer makes of `bytes` after the text, where the paths are going to be weighed
    /// word by word.
    /// - Returns: the nodes, to be held as long as they are needed.
    /// - Throws: `ModelError`; `CompositionError.faultyRow` when strict.
    func readOwnPath(_ bytes: some Sequence<UInt8>) throws -> [LatticeNode] {
        guard countsAll, let first = state.branches.first?.node else { return [] }
        let window = Array(state.text[state.base...]) + bytes
        let certain = (member.tokenizer.wordEnds(of: window).dropLast().last ?? 0) + state.base
        let nodes = [first] + ownPath(bytes).prefix { $0.end <= certain }
        try session.read(nodes)
        return nodes
    }

    /// The nodes of what the tokenizer makes of the text and `bytes` after it, from the first branch on.
    func ownPath(_ bytes: some Sequence<UInt8>) -> [LatticeNode] {
        guard var node = state.branches.first?.node else { return [] }
        let start = node.end
        let window = Array(state.text[state.base...]) + bytes
        let encoding = member.tokenizer.encode(window, addSpecial: false, parseSpecial: false)
        var nodes: [LatticeNode] = []
        for (id, offset) in zip(encoding.ids, encoding.ends) where offset + state.base > start {
            node = node.child(id, end: offset + state.base, position: Int(session.index.positions[id.index]))
            nodes.append(node)
        }
        return nodes
    }
}
