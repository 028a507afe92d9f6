internal import SwarmFormats

/// A set of byte strings with a number each, for finding all that start at a place of a text.
///
/// A double array (Aoe 1989), laid out with exclusive or as in Yata's Darts-clone: the child of a node along a byte lies
/// in the cell `base ^ byte` and is known by that byte. Every node with children has a base of its own, so that no cell
/// can be taken for the child of another.
struct ByteTrie: Sendable {
    /// A node: bit 63 is set, bits 32 to 62 are its base, bits 8 to 31 its number plus one, bits 0 to 7 the byte that
    /// leads to it. Free cells are 0, as is the node that is not there.
    typealias Node = UInt64

    let cells: [Node]
    /// The node before any byte.
    let root: Node

    static let used: UInt64 = 1 << 63

    /// The empty set.
    init() { self.init(EmptyCollection()) }

    /// - Parameter strings: each with its number, 0 to 2²⁴ − 2; the first of equal strings counts, empty ones do not.
    init(_ strings: some Sequence<(bytes: ArraySlice<UInt8>, number: Int32)>) {
        var builder = ByteTrieBuilder(strings)
        (cells, root) = builder.build()
    }

    /// The set of those pieces of a vocabulary, each with its id, that are not holes and for which `isIn` holds.
    init(_ vocabulary: Vocabulary, where isIn: (Int) -> Bool = { _ in true }) {
        self.init(
            vocabulary.pieces.indices.lazy.filter(isIn).map {
                (vocabulary.pieces.slice($0), Int32(truncatingIfNeeded: $0))
            })
    }

    /// Whether no string is in the set.
    var isEmpty: Bool { cells.isEmpty }

    /// The node after `node` along `byte`; 0 for none.
    @inline(__always)
    func next(_ node: Node, _ byte: UInt8) -> Node { Self.next(node, byte, in: cells.span) }

    /// The node after `node` along `byte` of the set with these cells; 0 for none.
    @inline(__always)
    static func next(_ node: Node, _ byte: UInt8, in cells: Span<Node>) -> Node {
        let index = Int(truncatingIfNeeded: node &>> 32 & 0x7FFF_FFFF) ^ Int(byte)
        // The empty set has no cells.
        guard index < cells.count else { return 0 }
        let cell = cells[index]
        return cell & (used | 0xFF) == used | UInt64(byte) ? cell : 0
    }

    /// The number of the string that ends at `node`; −1 for none.
    @inline(__always)
    func value(_ node: Node) -> Int32 { Int32(truncatingIfNeeded: node &>> 8 & 0xFF_FFFF) &- 1 }

    /// Whether a string starts with `byte`.
    func starts(_ byte: UInt8) -> Bool { next(root, byte) != 0 }

    /// The longest string that starts at `index` of `text`.
    @inline(__always)
    func longestMatch(_ text: [UInt8], at index: Int, before end: Int) -> (value: Int32, end: Int)? {
        var node = root
        var position = index
        var best: (value: Int32, end: Int)?
        while position < end {
            node = next(node, text[position])
            if node == 0 { break }
            position += 1
            if value(node) >= 0 { best = (value(node), position) }
        }
        return best
    }
}

/// Lays strings out as a double array, node by node from the root.
private struct ByteTrieBuilder {
    // All strings in one blob; string i is `blob[starts[i]..<starts[i + 1]]`.
    private var blob: [UInt8] = []
    private var starts: [Int] = [0]
    private var numbers: [Int32] = []
    /// The strings in the order in which nodes have been cut so far: those below a node stand together.
    private var order: [Int32] = []
    private var spare: [Int32] = []

    private var cells: [UInt64] = []
    private var isBase: [Bool] = []
    // Free cells as a ring list, in the order in which they are tried.
    private var nextFree: [Int32] = []
    private var previousFree: [Int32] = []
    private var firstFree: Int32 = -1

    /// Cells in blocks older than this many are given up: what is free there fits hardly anything any more.
    private static let openBlocks = 16

    /// Strings `range` of `order` that agree in their first `depth` bytes, below the node in cell `cell`.
    private struct Task {
        var range: Range<Int>
        var depth: Int
        var cell: Int
    }

    init(_ strings: some Sequence<(bytes: ArraySlice<UInt8>, number: Int32)>) {
        for (bytes, number) in strings where !bytes.isEmpty {
            blob += bytes
            starts.append(blob.count)
            numbers.append(number)
        }
        order = (0..<Int32(numbers.count)).map { $0 }
        spare = order
    }

    mutating func build() -> (cells: [UInt64], root: UInt64) {
        guard !order.isEmpty else { return ([], ByteTrie.used) }
        addBlock()
        // The root's cell. Base 0 is that of nodes without children, so no other node has it.
        take(0)
        cells[0] = ByteTrie.used
        isBase[0] = true
        var tasks = [Task(range: order.indices, depth: 0, cell: 0)]
        var labels: [UInt8] = []
        var bounds: [Int] = []
        while let task = tasks.popLast() {
            sort(task)
            labels.removeAll(keepingCapacity: true)
            bounds.removeAll(keepingCapacity: true)
            var index = task.range.lowerBound
            if key(order[index], task.depth) == 0 {
                // Strings that end here come first, and the first of them has the node.
                cells[task.cell] |= UInt64(UInt32(bitPattern: numbers[Int(order[index])] + 1)) << 8
                while index < task.range.upperBound, key(order[index], task.depth) == 0 { index += 1 }
            }
            while index < task.range.upperBound {
                let key = key(order[index], task.depth)
                if labels.last.map({ Int($0) + 1 != key }) ?? true {
                    labels.append(UInt8(key - 1))
                    bounds.append(index)
                }
                index += 1
            }
            guard !labels.isEmpty else { continue }
            bounds.append(task.range.upperBound)
            let base = place(labels)
            cells[task.cell] |= UInt64(base) << 32
            for (number, label) in labels.enumerated() {
                let cell = base ^ Int(label)
                take(cell)
                cells[cell] = ByteTrie.used | UInt64(label)
                tasks.append(Task(range: bounds[number]..<bounds[number + 1], depth: task.depth + 1, cell: cell))
            }
        }
        let root = cells[0]
        // It is no child: nothing may find it.
        cells[0] = 0
        return (cells, root)
    }

    /// 0 where the string ends at `depth`, else its byte there plus one.
    @inline(__always)
    private func key(_ string: Int32, _ depth: Int) -> Int {
        let position = starts[Int(string)] + depth
        return position < starts[Int(string) + 1] ? Int(blob[position]) + 1 : 0
    }

    /// Sorts the strings of a task by their byte, those of equal bytes left in their order.
    private mutating func sort(_ task: Task) {
        if task.range.count <= 32 {
            for index in task.range.dropFirst() {
                let string = order[index]
                let own = key(string, task.depth)
                var place = index
                while place > task.range.lowerBound, key(order[place - 1], task.depth) > own {
                    order[place] = order[place - 1]
                    place -= 1
                }
                order[place] = string
            }
            return
        }
        var places = [Int](repeating: 0, count: 257)
        for index in task.range { places[key(order[index], task.depth)] += 1 }
        var place = task.range.lowerBound
        for index in places.indices {
            let count = places[index]
            places[index] = place
            place += count
        }
        for index in task.range {
            let key = key(order[index], task.depth)
            spare[places[key]] = order[index]
            places[key] += 1
        }
        for index in task.range { order[index] = spare[index] }
    }

    /// A base, not used yet, under which the cells of all `labels` are free.
    private mutating func place(_ labels: [UInt8]) -> Int {
        let first = Int(labels[0])
        var cell = firstFree
        while cell >= 0 {
            let base = Int(cell) ^ first
            if !isBase[base], labels.allSatisfy({ cells[base ^ Int($0)] == 0 }) {
                isBase[base] = true
                return base
            }
            cell = nextFree[Int(cell)]
            if cell == firstFree { break }
        }
        let block = cells.count
        addBlock()
        // A new block holds any set of labels.
        isBase[block] = true
        return block
    }

    private mutating func addBlock() {
        let start = cells.count
        cells.append(contentsOf: repeatElement(0, count: 256))
        isBase.append(contentsOf: repeatElement(false, count: 256))
        nextFree.append(contentsOf: repeatElement(-1, count: 256))
        previousFree.append(contentsOf: repeatElement(-1, count: 256))
        for cell in start..<start + 256 { addFree(Int32(cell)) }
        let old = start - 256 * Self.openBlocks
        guard old >= 0 else { return }
        for cell in old..<old + 256 where nextFree[cell] >= 0 { removeFree(Int32(cell)) }
    }

    private mutating func take(_ cell: Int) {
        if nextFree[cell] >= 0 { removeFree(Int32(cell)) }
    }

    private mutating func addFree(_ cell: Int32) {
        guard firstFree >= 0 else {
            firstFree = cell
            nextFree[Int(cell)] = cell
            previousFree[Int(cell)] = cell
            return
        }
        let last = previousFree[Int(firstFree)]
        nextFree[Int(last)] = cell
        previousFree[Int(cell)] = last
        nextFree[Int(cell)] = firstFree
        previousFree[Int(firstFree)] = cell
    }

    private mutating func removeFree(_ cell: Int32) {
        let (before, after) = (previousFree[Int(cell)], nextFree[Int(cell)])
        nextFree[Int(cell)] = -1
        if after == cell {
            firstFree = -1
            return
        }
        nextFree[Int(before)] = after
        previousFree[Int(after)] = before
        if firstFree == cell { firstFree = after }
    }
}
