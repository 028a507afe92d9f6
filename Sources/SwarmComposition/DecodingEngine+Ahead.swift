internal import SwarmKernels
internal import SwarmModels
internal import SwarmTokenizers

/// Which members are asked, when, and about what besides the text so far: less work for the same text.
extension DecodingEngine {
    /// Whether the members of less weight may be left out where they cannot change what is chosen: greedily, and where
    /// nothing else is wanted of them.
    func maySkip(
        _ weighted: [(index: Int, weight: Double)], _ mixing: Mixing, _ options: GenerationOptions
    ) -> Bool {
        options.sampling.temperature == 0 && options.sampling.repetitionPenalty == 1 && !options.isStrict
            && mixing.isStatic && composition.pool.kind == .linear && composition.alignment.policy != .first
            && weighted.count > 1 && weighted.allSatisfy { $0.weight > 0 }
    }

    /// Whether members are quicker side by side, a thread each, than one after another on all threads: where none has
    /// much more to read than its share, and where they are so small that threads mostly wait for each other.
    ///
    /// Measured on two threads: two members of 140 MB take 0.94 of the time, two of less than 5 MB 0.81, one of 350 beside
    /// one of 240 1.16, one of 90 beside one of 350 1.29.
    package static func isQuickerSideBySide(_ sizes: [Int], threads: Int) -> Bool {
        guard threads > 1, sizes.count >= threads else { return false }
        if sizes.allSatisfy({ $0 < 8 << 20 }) { return true }
        // The longest first, each to the thread that is free first.
        var loads = [Int](repeating: 0, count: threads)
        for size in sizes.sorted(by: >) {
            if let free = loads.indices.min(by: { loads[$0] < loads[$1] }) { loads[free] += size }
        }
        return Double(loads.max() ?? 0) * Double(threads) <= 1.1 * Double(sizes.reduce(0, +))
    }

    /// Of members in the order of their weights the first that have more than half of it: nothing is decided before they
    /// have answered.
    func most(of asked: [(index: Int, weight: Double)]) -> [Int] {
        let half = asked.reduce(0) { $0 + $1.weight } / 2
        var sum = 0.0
        var most: [Int] = []
        for (index, weight) in asked where sum <= half {
            sum += weight
            most.append(index)
        }
        return most
    }

    /// Whether the windows of all members have room for the text, or slide: a full one would be found by asking.
    func fits(_ weighted: [(index: Int, weight: Double)], _ run: Run) -> Bool {
        run.options.contextPolicy == .slide
            || weighted.allSatisfy {
                run.members[$0.index].isDropped || cursors[$0.index].fits(cursors[$0.index].tokens(of: run.text))
            }
    }

    /// Has members evaluate the text so far, side by side; what goes wrong is found again by who asks one after another.
    func readSideBySide(_ cursors: [MemberCursor], text: [UInt8]) {
        guard cursors.count > 1 else { return }
        side?.run(apart: cursors.sorted { size($0.member) > size($1.member) }) { try? $0.evaluate(text) }
    }

    /// The same for lattices, where each asks about one node that it is all but sure to need.
    func readSideBySide(_ lattices: [ByteLattice]) {
        side?.run(apart: lattices) { try? $0.readHeaviest() }
    }

    /// Has members that are asked about the text evaluate what it may go on with.
    func speculate(_ members: [(index: Int, reader: any DraftReader)], _ run: inout Run) throws {
        // A member alone has nobody to write for.
        let writer =
            members.count > 1
            ? members.min { size(composition.members[$0.index]) < size(composition.members[$1.index]) }?.reader : nil
        try run.speculation?.advance(to: run.text, readers: members.map(\.reader), writer: writer)
    }

    /// Bytes of weights that a token of a member reads.
    private func size(_ member: Member) -> Int { member.model.summary.weightBytes }
}
