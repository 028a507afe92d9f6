internal import SwarmVocabulary

/// What is known of one member's next byte while its pending heads are asked one after another, the heaviest first.
struct LatticeResolution {
    private let branches: [LatticeState.Branch]
    private let index: PrefixIndex
    private let length: Int
    private let leastShare: Double
    private let temperature: Double
    /// By branch; nil while what it goes on is pending.
    private var masses: [Double?]
    /// Branches not asked yet, and what they may have.
    private(set) var pending: [(branch: Int, mass: Double)]
    /// By symbol: what the branches that were asked give. Not normalised.
    private(set) var sums = [Double](repeating: 0, count: ByteLattice.symbolCount)
    /// What dropped branches may have.
    private(set) var droppedMass = 0.0

    init(_ state: LatticeState, index: PrefixIndex, leastShare: Double, temperature: Double = 1) {
        branches = state.branches
        self.index = index
        self.leastShare = leastShare
        self.temperature = temperature
        length = state.text.count
        masses = [Double?](repeating: nil, count: branches.count)
        pending = branches.isEmpty ? [] : [(0, 1)]
        if !branches.isEmpty { masses[0] = 1 }
    }

    /// Σ of what is pending.
    var pendingMass: Double { pending.reduce(0) { $0 + $1.mass } }

    /// T: what was given and what is pending.
    var total: Double { sums.reduce(0, +) + pendingMass }

    func node(_ branch: Int) -> LatticeNode { branches[branch].node }

    /// The heaviest pending branch; of equals the first.
    var heaviest: (branch: Int, mass: Double)? {
        var best: (branch: Int, mass: Double)?
        for entry in pending where entry.mass > best?.mass ?? -1 { best = entry }
        return best
    }

    /// Whether a branch's path ends where the text does.
    func isEnding(_ branch: Int) -> Bool { branches[branch].node.end == length }

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
    private func forEachGiven(_ body: (Int, Double, TokenMasses) -> Void) {
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
            for child in branches.indices where branches[child].parent == branch {
                let share = masses.values[branches[child].node.position]
                guard branches[child].isCanonical || share >= leastShare else { continue }
                give(child, mass * share)
            }
        case .faulty:
            // Nothing is known of what follows, and something must: the paths that go on it keep what it had.
            for child in branches.indices where branches[child].parent == branch { give(child, mass) }
        }
    }

    private func reading(_ branch: Int) -> LatticeNode.Reading? {
        branches[branch].node.reading(at: temperature, index: index)
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
