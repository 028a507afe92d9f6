internal import SwarmTokenizers
internal import SwarmVocabulary

extension ByteLattice {
    /// What a member goes on with by itself.
    enum Written: Equatable {
        /// The bytes with which a token goes on the text.
        case bytes([UInt8])
        case end
    }

    /// Goes on with a token drawn from what the member says, but for those that its tokenizer would not write here; the path
    /// that the token makes is the one that stays. As likely a text as byte after byte drawn from every path, but one
    /// evaluation a token.
    /// - Parameters:
    ///   - uniform: gives independent numbers in [0, 1).
    ///   - isValid: whether the text may go on with these bytes; asked with none where it may end.
    /// - Returns: nil where the member says nothing, or nearly all it says is refused; the lattice stays where it is. And the
    ///   share of the paths that are too light to be asked: a bound on what they change in total variation.
    /// - Throws: as `push`.
    func write(_ uniform: () -> Double, isValid: ([UInt8]) -> Bool) throws -> (written: Written, dropped: Double)? {
        let resolution = try matters { _ in [] }
        let dropped = resolution.unaskedShare
        let start = state
        for _ in 0..<Self.mostAttempts {
            guard let (branch, position) = resolution.draw(uniform()) else { return nil }
            guard let position else {
                if isValid([]) { return (.end, dropped) }
                continue
            }
            let token = session.index.tokens[position]
            let read = start.branches[branch].range?.depth ?? 0
            let bytes = Array(member.tokenizer.tokenBytes[token.index].dropFirst(read))
            if isValid(bytes), try follow(bytes, start.branches[branch].node, position) {
                return (.bytes(bytes), dropped)
            }
            state = start
        }
        return nil
    }

    private static let mostAttempts = 64

    /// Goes on with `bytes` by one path: `node` and the token at `position`.
    /// - Returns: false where the tokenizer does not write it.
    private func follow(_ bytes: [UInt8], _ node: LatticeNode, _ position: Int) throws -> Bool {
        for byte in bytes {
            state.text.append(byte)
            try advance(by: byte)
            guard !state.branches.isEmpty else { return false }
        }
        let length = state.text.count
        let path = state.branches.first {
            $0.node.end == length && $0.node.position == position && $0.node.parent === node && $0.range != nil
        }
        guard var path else { return false }
        path.parent = -1
        path.weight = 1
        state.branches = [path]
        session.trim(keeping: [path.node])
        return true
    }
}

extension LatticeState {
    /// Whether a token of the path of every branch ends at `place`; nil where one does on some of them.
    func hasBoundary(at place: Int) -> Bool? {
        var (some, all) = (false, true)
        for branch in branches where branch.range != nil {
            if branch.node.path(endsTokenAt: place) { some = true } else { all = false }
        }
        return some == all ? some : nil
    }

    /// Leaves only paths on which a token ends at `place`.
    mutating func settle(at place: Int) {
        for number in branches.indices where !branches[number].node.path(endsTokenAt: place) {
            branches[number].range = nil
        }
        prune()
    }
}

extension LatticeNode {
    /// Whether one of the tokens up to this one ends at `place`.
    fileprivate func path(endsTokenAt place: Int) -> Bool {
        var node = self
        while node.end > place, let parent = node.parent { node = parent }
        return node.end == place
    }
}

extension LatticeResolution {
    /// A branch and the position of a token that goes on it, or none for a token that ends the text, as likely as what was
    /// given to it; nil where nothing was.
    fileprivate func draw(_ uniform: Double) -> (branch: Int, position: Int?)? {
        var choices: [(branch: Int, mass: Double, given: Double, masses: TokenMasses?)] = []
        forEachGiven { branch, mass, masses in
            if let range = range(of: branch) {
                choices.append((branch, mass, mass * masses.sum(range.low..<range.high), masses))
            }
            if isEnding(branch) { choices.append((branch, mass, mass * masses.end, nil)) }
        }
        var left = uniform * choices.reduce(0) { $0 + $1.given }
        guard let place = choices.map(\.given).place(passing: &left) else { return nil }
        let choice = choices[place]
        guard let masses = choice.masses, let range = range(of: choice.branch) else { return (choice.branch, nil) }
        left /= choice.mass
        return masses.position(passing: &left, in: range.low..<range.high).map { (choice.branch, $0) }
    }
}
