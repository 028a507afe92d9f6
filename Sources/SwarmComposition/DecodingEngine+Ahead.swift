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

    /// Whether the windows of all members have room for the text, or slide: a full one would be found by asking.
    func fits(_ weighted: [(index: Int, weight: Double)], _ run: Run) -> Bool {
        run.options.contextPolicy == .slide
            || weighted.allSatisfy {
                run.members[$0.index].isDropped || cursors[$0.index].fits(cursors[$0.index].tokens(of: run.text))
            }
    }

    /// Has members evaluate the text so far, side by side; what goes wrong is found again by who asks one after another.
    func readSideBySide(_ cursors: [MemberCursor], text: [UInt8]) {
        side?.run(apart: cursors) { try? $0.evaluate(text) }
    }

    /// The same for lattices, where each asks about one node that it is all but sure to need.
    func readSideBySide(_ lattices: [ByteLattice]) {
        side?.run(apart: lattices) { try? $0.readHeaviest() }
    }

    /// Has members that are asked about the text evaluate what it may go on with.
    func speculate(_ members: [(index: Int, reader: any DraftReader)], _ run: inout Run) throws {
        // A member alone has nobody to write for.
        let writer = members.count > 1 ? members.min { size($0.index) < size($1.index) }?.reader : nil
        try run.speculation?.advance(to: run.text, readers: members.map(\.reader), writer: writer)
    }

    /// Bytes of weights that a token of a member reads.
    private func size(_ member: Int) -> Int { composition.members[member].model.summary.weightBytes }
}
