internal import SwarmVocabulary

/// What is known of one member's next byte while its pending heads are asked one after another, the heaviest first.
struct LatticeResolution {
    private let branches: [LatticeState.Branch]
    let index: PrefixIndex
    private let length: Int
    private let leastShare: Double
    private let shape: LatticeShape
    /// By branch; nil while what it goes on is pending.
    private var masses: [Double?]
    /// Branches not asked yet, and what they may have.
    private(set) var pending: [(branch: Int, mass: Double)]
    /// By symbol: what the branches that were asked give. Not normalised.
    private(set) var sums = [Double](repeating: 0, count: ByteLattice.symbolCount)
    /// What dropped branches may have.
    private(set) var droppedMass = 0.0

    init(_ state: LatticeState, index: PrefixIndex, leastShare: Double, shape: LatticeShape) {
        branches = state.branches
        self.index = index
        self.leastShare = leastShare
        self.shape = shape
        length = state.text.count
        masses = state.branches.map { $0.parent < 0 ? $0.weight : nil }
        pending = state.branches.indices.filter { state.branches[$0].parent < 0 }.map {
            ($0, state.branches[$0].weight)
        }
    }

    /// Σ of what is pending.
    var pendingMass: Double { pending.reduce(0) { $0 + $1.mass } }

    /// T: what was given and what is pending.
    var total: Double { sums.reduce(0, +) + pendingMass }

    /// Adds what was given, `scale` times.
    func add(to row: inout [Double], _ scale: Double) {
        for symbol in 0..<ByteLattice.symbolCount { row[symbol] += scale * sums[symbol] }
    }

    func node(_ branch: Int) -> LatticeNode { branches[branch].node }

    /// The tokens that go on a branch, as long as the text is no beginning of others.
    func range(of branch: Int) -> PrefixIndex.Range? { branches[branch].range }

    /// The heaviest pending branch; of equals the first.
    var heaviest: (branch: Int, mass: Double)? {
        var best: (branch: Int, mass: Double)?
        for entry in pending where entry.mass > best?.mass ?? -1 { best = entry }
        return best
    }

    /// Whether a branch's path ends where the text does.
    func isEnding(_ branch: Int) -> Bool { branches[branch].node.end == length }

    /// The share of what is left out or pending.
    var unaskedShare: Double {
        let left = pendingMass + droppedMass
        return left > 0 ? left / (sums.reduce(0, +) + left) : 0
    }

    /// The share of what is left out or pending and does not end with the text.
    var insideMass: Double {
        let left = pending.reduce(droppedMass) { isEnding($1.branch) ? $0 : $0 + $1.mass }
        return left > 0 ? left / (total + droppedMass) : 0
    }

    /// Where the tokens begin that most of what was given goes on within; nil when nothing was given.
    var heaviestStart: Int? {
        var best: (start: Int, mass: Double)?
        forEachGiven { branch, mass, values in
            guard let range = branches[branch].range else { return }
            let given = mass * values.sum(range.low..<range.high)
            if given > best?.mass ?? 0 { best = (branches[branch].node.end, given) }
        }
        return best?.start
    }

    /// What the member says after the branch that most of what was given goes on within, and the tokens that do; nil where
    /// there is no such branch.
    var mostlyWithin: (branch: Int, masses: TokenMasses, range: PrefixIndex.Range)? {
        let total = total
        var found: (Int, TokenMasses, PrefixIndex.Range)?
        forEachGiven { branch, mass, values in
            guard found == nil, mass > 0.5 * total, let range = branches[branch].range else { return }
            if mass * values.sum(range.low..<range.high) > 0.5 * total { found = (branch, values, range) }
        }
        return found
    }

    /// The nodes of tokens that `bytes`, which may come next, would end, but for those lighter than `least` of all that goes
    /// on as long: on the branch that most of what was given goes on within.
    func nodes(along bytes: [UInt8], least: Double) -> [LatticeNode] {
        var nodes: [LatticeNode] = []
        guard let (branch, masses, range) = mostlyWithin else { return nodes }
        let parent = branches[branch].node
        var (open, end) = (range, length)
        for byte in bytes {
            open = index.narrow(open, by: byte)
            end += 1
            guard !open.isEmpty else { break }
            let sum = masses.sum(open.low..<open.high)
            for position in index.exact(open) where masses.values[position] >= least * sum {
                nodes.append(parent.child(index.tokens[position], end: end, position: position))
            }
        }
        return nodes
    }

    /// What was given to tokens that are not shared, by position, or that do not begin at `start`.
    func unsharedMass(_ isShared: [Bool], from start: Int) -> Double {
        var sum = 0.0
        forEachGiven { branch, mass, values in
            guard let range = branches[branch].range else { return }
            if branches[branch].node.end != start {
                sum += mass * values.sum(range.low..<range.high)
            } else {
                for position in range.low..<range.high where !isShared[position] {
                    sum += mass * values.values[position]
                }
            }
        }
        return sum
    }

    /// Branches that were asked: their number, what they had, and what the member says after them.
    func forEachGiven(_ body: (Int, Double, TokenMasses) -> Void) {
        let pending = Set(pending.map(\.branch))
        for branch in branches.indices where !pending.contains(branch) {
            if let mass = masses[branch], case .masses(let values) = reading(branch) {
                body(branch, mass, values)
            }
        }
    }

    /// Takes in what the member says after a pending branch, whose node has been read.
    mutating func resolve(_ branch: Int) {
        pending.removeAll { $0.branch == branch }
        guard let mass = masses[branch], let reading = reading(branch) else { return }
        switch reading {
        case .masses(let masses):
            add(masses, of: branch, mass)
            let children = branches.children(of: branch)
            guard !children.isEmpty else { return }
            let least = leastShare * branches.given(by: masses, to: children, of: branch)
            for child in children {
                let share = masses.values[branches[child].node.position]
                if branches[child].isCanonical || share >= least {
                    give(child, mass * share)
                } else {
                    droppedMass += mass * share
                }
            }
        case .faulty:
            // Nothing is known of what follows, and something must: the paths that go on it keep what it had.
            for child in branches.children(of: branch) { give(child, mass) }
        }
    }

    private func reading(_ branch: Int) -> LatticeNode.Reading? {
        branches[branch].node.reading(in: shape, index: index)
    }

    /// Leaves a pending branch out.
    mutating func drop(_ branch: Int) {
        pending.removeAll { $0.branch == branch }
        droppedMass += masses[branch] ?? 0
    }

    private mutating func give(_ branch: Int, _ mass: Double) {
        guard mass > 0 else { return }
        masses[branch] = mass
        pending.append((branch, mass))
    }

    private mutating func add(_ values: TokenMasses, of branch: Int, _ mass: Double) {
        if branches[branch].node.end == length { sums[ByteLattice.end] += mass * values.end }
        guard let range = branches[branch].range else { return }
        if range.depth == 0 {
            for byte in 0..<256 { sums[byte] += mass * values.firstBytes[byte] }
        } else {
            index.forEachNextByte(of: range) { byte, positions in sums[Int(byte)] += mass * values.sum(positions) }
        }
    }
}

extension [LatticeState.Branch] {
    /// The branches that go on `branch` by one token.
    func children(of branch: Int) -> [Int] {
        var result: [Int] = []
        for child in branch + 1..<Swift.max(count, branch + 1) where self[child].parent == branch {
            result.append(child)
        }
        return result
    }

    /// What a member that says `masses` after `branch` gives to the text at hand: by `children` and by longer tokens.
    func given(by masses: TokenMasses, to children: [Int], of branch: Int) -> Double {
        let longer = self[branch].range.map { masses.sum($0.low..<$0.high) } ?? 0
        return children.reduce(longer) { $0 + masses.values[self[$1].node.position] }
    }
}
