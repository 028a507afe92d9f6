internal import SwarmTokenizers
internal import SwarmVocabulary

/// A byte lattice at one text. A value: keeping one and coming back to it is rolling back, going on from one in two ways
/// is a fork; what was evaluated is shared.
package struct LatticeState {
    /// One path of the lattice.
    struct Branch {
        let node: LatticeNode
        /// The branch that it goes on; −1 for one that all others go on, or for one of several whose masses are known.
        var parent: Int
        /// Tokens after the path that begin with the rest of the text and are longer; nil where there are none, and the
        /// branch is only there for those that go on it.
        var range: PrefixIndex.Range?
        /// Whether the tokenizer may write this path.
        var isCanonical = true
        /// Where it goes on none: what its path has, relative to the others of the kind.
        var weight = 1.0
    }

    /// All bytes so far.
    package internal(set) var text: [UInt8] = []
    /// Parents before children; first the one that the tokenizer writes.
    var branches: [Branch] = []
    /// The last place that paths were weighed at (`ByteLattice.settle`).
    var settled = 0
    /// The sum over those places of the share that paths left out there had of what was left: a bound on the
    /// total-variation distance between the law of what follows the first of them and the exact one.
    package internal(set) var prunedShare = 0.0
    /// Where the text may be cut so that tokens after the first branch's are those of the whole text.
    var base = 0

    /// Whether a path that the tokenizer writes is among them.
    package var hasOwnPath: Bool { branches.contains { $0.isCanonical } }

    /// Token paths alive.
    package var branchCount: Int { branches.count }

    /// Drops branches that spell nothing any more, and first ones that only one goes on.
    mutating func prune() {
        var isKept = [Bool](repeating: false, count: branches.count)
        for index in branches.indices.reversed() {
            if branches[index].range != nil { isKept[index] = true }
            if isKept[index], branches[index].parent >= 0 { isKept[branches[index].parent] = true }
        }
        // The last branch that all others go on is what weights are relative to.
        var first = branches.indices.first { isKept[$0] } ?? branches.count
        let isAlone = branches.indices.count { isKept[$0] && branches[$0].parent < 0 } == 1
        while isAlone, first < branches.count, branches[first].range == nil {
            let children = branches.indices.filter { isKept[$0] && branches[$0].parent == first }
            guard children.count == 1 else { break }
            isKept[first] = false
            first = children[0]
        }
        var places = [Int](repeating: -1, count: branches.count)
        var kept: [Branch] = []
        for index in branches.indices where isKept[index] {
            places[index] = kept.count
            var branch = branches[index]
            branch.parent = branch.parent >= 0 ? places[branch.parent] : -1
            if isAlone { branch.weight = 1 }
            kept.append(branch)
        }
        branches = kept
    }
}
