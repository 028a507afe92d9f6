internal import SwarmTokenizers
internal import SwarmVocabulary

/// A byte lattice at one text. A value: keeping one and coming back to it is rolling back, going on from one in two ways
/// is a fork; what was evaluated is shared.
package struct LatticeState {
    /// One path of the lattice.
    struct Branch {
        let node: LatticeNode
        /// The branch that it goes on; −1 for the first, which all others go on.
        var parent: Int
        /// Tokens after the path that begin with the rest of the text and are longer; nil where there are none, and the
        /// branch is only there for those that go on it.
        var range: PrefixIndex.Range?
        /// Whether the tokenizer may write this path.
        var isCanonical = true
    }

    /// All bytes so far.
    package internal(set) var text: [UInt8] = []
    /// Parents before children.
    var branches: [Branch] = []
    /// Where the text may be cut so that tokens after the first branch's are those of the whole text.
    var base = 0

    /// Token paths alive.
    package var branchCount: Int { branches.count }

    /// Drops branches that spell nothing any more, and the first ones while only one goes on them.
    mutating func prune() {
        var isKept = [Bool](repeating: false, count: branches.count)
        for index in branches.indices.reversed() {
            if branches[index].range != nil { isKept[index] = true }
            if isKept[index], branches[index].parent >= 0 { isKept[branches[index].parent] = true }
        }
        // The last branch that all others go on is what weights are relative to.
        var first = branches.indices.first { isKept[$0] } ?? branches.count
        while first < branches.count, branches[first].range == nil {
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
            kept.append(branch)
        }
        branches = kept
    }
}
