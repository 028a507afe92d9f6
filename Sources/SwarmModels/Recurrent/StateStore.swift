internal import SwarmKernels

/// The states of the contexts used last.
struct StateStore {
    /// [states × width]; pages are claimed when first written.
    let rows: FloatRows
    /// The row of each node's state, −1 where it has none.
    private var rowOfNode: [Int32]
    /// The node whose state a row holds, −1 where it is free.
    private var nodeOfRow: [Int32]
    /// The pass in which a row was last used.
    private var lastUse: [Int]
    private var free: [Int]
    private var pass = 0

    init(nodes: Int, rows: FloatRows) {
        let states = rows.rows
        self.rows = rows
        rowOfNode = [Int32](repeating: -1, count: nodes)
        nodeOfRow = [Int32](repeating: -1, count: states)
        lastUse = [Int](repeating: 0, count: states)
        free = (0..<states).reversed()
    }

    /// States used from here on stay until the next pass.
    mutating func beginPass() { pass += 1 }

    /// The row of `node`'s state, nil where it is not kept.
    func row(of node: Int) -> Int? { rowOfNode[node] < 0 ? nil : Int(rowOfNode[node]) }

    /// Notes that `node`'s state is used in this pass.
    mutating func use(_ node: Int) {
        if node >= 0, let row = row(of: node) { lastUse[row] = pass }
    }

    /// A row for `node`, taken from the context used longest ago where none is free, but not row `kept`.
    mutating func claim(for node: Int, keeping kept: Int? = nil) -> Int {
        let row = free.popLast() ?? oldest(but: kept)
        if nodeOfRow[row] >= 0 { rowOfNode[Int(nodeOfRow[row])] = -1 }
        nodeOfRow[row] = Int32(node)
        rowOfNode[node] = Int32(row)
        lastUse[row] = pass
        return row
    }

    private func oldest(but kept: Int?) -> Int {
        var best: Int?
        for row in lastUse.indices where row != kept && lastUse[row] < pass {
            if best.map({ lastUse[row] < lastUse[$0] }) ?? true { best = row }
        }
        guard let best else { preconditionFailure("every state is in use") }
        return best
    }

    /// Forgets `node`'s state.
    mutating func drop(_ node: Int) {
        guard let row = row(of: node) else { return }
        rowOfNode[node] = -1
        nodeOfRow[row] = -1
        free.append(row)
    }
}
