import SwarmKernels
import Testing

@Suite struct LinearWeightsTests {
    static let types = ElementType.computable

    private func bytes(_ values: [Float]) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } }
    }

    /// Six stored rows of 256 and what gguf-py reads in them.
    private func golden(_ type: ElementType) throws -> (stored: [UInt8], values: [Float]) {
        let path = fixturesFolder + "/quantised/" + type.rawValue
        let stored = try MappedFile(path: path + ".bin")
        let values = try MappedFile(path: path + ".f32")
        return (try stored.bytes(in: 0..<stored.count), values.copy(Float.self, count: values.count / 4, at: 0))
    }

    @Test(arguments: types) func dequantisesBitForBit(type: ElementType) throws {
        let (stored, values) = try golden(type)
        let weights = try #require(LinearWeights(WeightStorage(copying: stored), type: type, rows: 6, columns: 256))
        let portable = try #require(withInstructionSet("portable") { (0..<6).flatMap { weights.row($0) } })
        #expect((0..<6).flatMap { weights.row($0) }.map(\.bitPattern) == values.map(\.bitPattern))
        #expect(portable.map(\.bitPattern) == values.map(\.bitPattern))
    }

    @Test(arguments: types) func equalsTheNaiveProduct(type: ElementType) throws {
        let (stored, values) = try golden(type)
        let weights = try #require(
            LinearWeights(WeightStorage(copying: stored), type: type, rows: 6, columns: 256, bias: [1, 2, 3, 4, 5, 6]))
        var numbers = Numbers(seed: 3)
        for count in 1...8 {
            let x = FloatRows(rows: count, columns: 256)
            let y = FloatRows(rows: count, columns: 6)
            for row in 0..<count { x[row: row] = numbers.array(256) }
            withFloatActivations { weights.multiply(x, rows: count, into: y, pool: ThreadPool(threadCount: 1)) }
            for row in 0..<count {
                for output in 0..<6 {
                    let terms = zip(values[output * 256..<(output + 1) * 256], x[row: row]).map {
                        Double($0) * Double($1)
                    }
                    let size = terms.reduce(1) { $0 + abs($1) }
                    let exact = terms.reduce(Double(output + 1), +)
                    #expect(abs(Double(y[row: row][output]) - exact) < 1e-6 * size)
                }
            }
        }
    }

    /// An activation as q times a scale; `exact` is the scale before it was rounded.
    private typealias Quantised = (q: Double, scale: Double, exact: Float)

    /// The half nearest to x, in double.
    private func half(_ x: Float) -> Double { Double(Float16(x)) }

    /// What ggml makes of 32 or 256 activations before it multiplies packed weights by them, in doubles: q times a scale,
    /// which is a half for blocks of 32.
    private func quantised(_ x: [Float], like type: ElementType) -> [Quantised] {
        stride(from: 0, to: x.count, by: type.blockSize).flatMap { start -> [Quantised] in
            let block = x[start..<start + type.blockSize]
            let largest = block.reduce(0) { abs($1) > abs($0) ? $1 : $0 }
            guard largest != 0 else { return block.map { _ in (0, 0, 0) } }
            let isShort = type.blockSize == 32
            let factor = isShort ? 127 / abs(largest) : -127 / largest
            let scale = isShort ? abs(largest) / 127 : 1 / factor
            return block.map {
                (Double(($0 * factor).rounded(.toNearestOrEven)), isShort ? half(scale) : Double(scale), scale)
            }
        }
    }

    /// What a product gains where the offsets of a row's blocks are multiplied by the half nearest to d·Σq.
    private func roundingOfSums(_ row: ArraySlice<UInt8>, _ x: [Quantised], _ type: ElementType) -> Double {
        guard type == .q4_1 || type == .q5_1 else { return 0 }
        return (0..<x.count / 32).reduce(0) { gained, block in
            let place = row.startIndex + block * type.blockBytes + 2
            let offset = Double(Float16(bitPattern: UInt16(row[place]) | UInt16(row[place + 1]) << 8))
            let (first, sum) = (x[block * 32], x[block * 32..<block * 32 + 32].reduce(0) { $0 + $1.q })
            return gained + offset * (half(first.exact * Float(sum)) - first.scale * sum)
        }
    }

    @Test(arguments: types.filter { $0.blockSize > 1 }, instructionSets)
    func multipliesQuantisedActivations(type: ElementType, isa: String) throws {
        let (stored, values) = try golden(type)
        // Twelve rows: eight at a time and one at a time.
        let weights = try #require(
            LinearWeights(WeightStorage(copying: stored + stored), type: type, rows: 12, columns: 256))
        var numbers = Numbers(seed: 4)
        let x = FloatRows(rows: 6, columns: 256)
        for row in 0..<6 { x[row: row] = numbers.array(256, scale: Float(row) * 100) }
        let y = FloatRows(rows: 6, columns: 12)
        _ = withInstructionSet(isa) { weights.multiply(x, rows: 6, into: y, pool: ThreadPool(threadCount: 1)) }
        for row in 0..<6 {
            let activations = quantised(x[row: row], like: type)
            for output in 0..<12 {
                let terms = zip(values[output % 6 * 256..<(output % 6 + 1) * 256], activations).map {
                    Double($0) * $1.q * $1.scale
                }
                let rowBytes = stored.count / 6
                let gained = roundingOfSums(
                    stored[output % 6 * rowBytes..<(output % 6 + 1) * rowBytes], activations, type)
                let size = terms.reduce(1e-30) { $0 + abs($1) }
                #expect(abs(Double(y[row: row][output]) - terms.reduce(gained, +)) <= 1e-6 * size)
            }
        }
    }

    @Test(arguments: types.filter { $0.blockSize > 1 }, [Float.nan, .infinity])
    func faultsGoOn(type: ElementType, fault: Float) throws {
        let stored = try golden(type).stored
        let weights = try #require(LinearWeights(WeightStorage(copying: stored), type: type, rows: 6, columns: 256))
        var numbers = Numbers(seed: 6)
        let x = FloatRows(rows: 5, columns: 256)
        for row in 0..<5 { x[row: row] = numbers.array(256) }
        x[row: 3] = x[row: 3].enumerated().map { $0 == 70 ? fault : $1 }
        let y = FloatRows(rows: 5, columns: 6)
        weights.multiply(x, rows: 5, into: y, pool: ThreadPool(threadCount: 1))
        for row in 0..<5 { #expect(y[row: row].allSatisfy { $0.isNaN } == (row == 3)) }
    }

    /// Against looking at every number: rows as they are, and with bytes changed at random, of which many hit scales.
    @Test(arguments: types) func findsWhatIsNotFinite(type: ElementType) throws {
        let stored = try golden(type).stored
        func check(_ bytes: [UInt8]) throws -> Bool {
            let weights = try #require(LinearWeights(WeightStorage(copying: bytes), type: type, rows: 6, columns: 256))
            let numbers = (0..<6).flatMap { weights.row($0) }
            var expected = numbers.firstIndex { !$0.isFinite }
            // All ones are NaN by the format, whatever the reference makes of them.
            if type == .mxfp4, let block = (0..<48).first(where: { bytes[$0 * 17] == 255 }) {
                expected = min(expected ?? .max, block * 32)
            }
            let found = weights.firstNonFinite().map { $0.row * 256 + $0.column }
            #expect(found == expected)
            return expected != nil
        }
        #expect(try !check(stored))
        var random = Numbers(seed: 5)
        func position(_ count: Int) -> Int { Int((random.next() + 1) / 2.01 * Float(count)) }
        var bad = 0
        for _ in 0..<2000 {
            var bytes = stored
            let place = position(bytes.count - 1)
            for offset in 0..<2 { bytes[place + offset] = [0x7C, 0xFC, 0xFF, 0x7F, 0x80, 0xFD, 0xFE][position(7)] }
            if try check(bytes) { bad += 1 }
        }
        #expect(bad >= 5, "\(bad) of the changed copies held a number that is not finite")
    }

    /// The promise: an output's bits depend on its row and vector alone.
    @Test(arguments: types, instructionSets) func batchesDoNotMatter(type: ElementType, isa: String) throws {
        // Odd ends, and more columns than a panel has.
        for columns in type.blockSize == 1 ? [100, 1400] : [3 * type.blockSize] {
            try batchesDoNotMatter(type: type, isa: isa, columns: columns)
        }
    }

    private func batchesDoNotMatter(type: ElementType, isa: String, columns: Int) throws {
        let rows = 45
        // Of so many vectors, rows become floats first.
        let most = 101
        var numbers = Numbers(seed: 5)
        let size = try #require(type.rowBytes(columns)) * rows
        var stored = type == .f32 ? bytes(numbers.array(rows * columns)) : [UInt8](repeating: 0, count: size)
        if type != .f32 {
            // Any bytes will do that are finite: exponents are kept small.
            for index in stored.indices { stored[index] = UInt8(abs(numbers.next()) * 59) }
        }
        // One byte in: nothing is aligned.
        let weights = try #require(
            LinearWeights(WeightStorage(copying: [0] + stored), offset: 1, type: type, rows: rows, columns: columns))
        let x = FloatRows(rows: most, columns: columns)
        for row in 0..<most { x[row: row] = numbers.array(columns) }
        // Other threads keep the process's own kernels.
        let threadCounts = isa == instructionSet ? [1, 2, 3] : [1]
        // As models do: the pool's threads take denormal numbers for zero.
        _ = withInstructionSet(isa) {
            withFlushedDenormals {
                let one = FloatRows(rows: 1, columns: columns)
                var expected: [[Float]] = []
                for row in 0..<most {
                    let y = FloatRows(rows: 1, columns: rows)
                    one.copyRow(row, of: x, to: 0)
                    weights.multiply(one, rows: 1, into: y, pool: ThreadPool(threadCount: 1))
                    expected.append(y[row: 0])
                }
                for count in [2, 3, 4, 5, 7, 16, 17, most] {
                    for threads in threadCounts {
                        let y = FloatRows(rows: count, columns: rows)
                        weights.multiply(x, rows: count, into: y, pool: ThreadPool(threadCount: threads))
                        for row in 0..<count { #expect(y[row: row] == expected[row]) }
                    }
                }
            }
        }
    }

    /// Eighths of these are whole pages of memory, so that few vectors read streams of other lengths.
    @Test(
        arguments: instructionSets, [(ElementType.bf16, 64, 64), (.f16, 96, 64), (.q8_0, 256, 256), (.q4_k, 1024, 256)])
    func streamsOfOtherLengthsReadEveryRow(isa: String, shape: (type: ElementType, eighth: Int, columns: Int)) throws {
        let (type, eighth, columns) = shape
        let rows = 8 * eighth + 5
        var numbers = Numbers(seed: 6)
        let size = try #require(type.rowBytes(columns)) * rows
        let stored = (0..<size).map { _ in UInt8(abs(numbers.next()) * 59) }
        let weights = try #require(
            LinearWeights(WeightStorage(copying: stored), type: type, rows: rows, columns: columns))
        // So many are multiplied by rows in order.
        let many = 17
        let x = FloatRows(rows: many, columns: columns)
        for row in 0..<many { x[row: row] = numbers.array(columns) }
        for threads in isa == instructionSet ? [1, 2, 3] : [1] {
            let pool = ThreadPool(threadCount: threads)
            let all = FloatRows(rows: many, columns: rows)
            _ = withInstructionSet(isa) { weights.multiply(x, rows: many, into: all, pool: pool) }
            for count in [1, 2, 3, 10] {
                let few = FloatRows(rows: count, columns: rows)
                _ = withInstructionSet(isa) { weights.multiply(x, rows: count, into: few, pool: pool) }
                for row in 0..<count {
                    let wrong = zip(few[row: row], all[row: row]).enumerated().filter {
                        $1.0.bitPattern != $1.1.bitPattern
                    }
                    #expect(wrong.isEmpty, "\(wrong.count) of \(rows) rows, \(wrong.prefix(3).map(\.offset)) …")
                }
            }
        }
    }

    @Test func largeProductsAreSplitAmongThreads() throws {
        let (rows, columns) = (1003, 256)
        var numbers = Numbers(seed: 8)
        let stored = bytes(numbers.array(rows * columns))
        let weights = try #require(
            LinearWeights(WeightStorage(copying: stored), type: .f32, rows: rows, columns: columns))
        let x = FloatRows(rows: 5, columns: columns)
        for row in 0..<5 { x[row: row] = numbers.array(columns) }
        var results: [[Float]] = []
        for threads in [1, 2, 4] {
            var y = [Float](repeating: 0, count: 5 * rows)
            weights.multiply(x, rows: 5, into: &y, offset: 0, pool: ThreadPool(threadCount: threads))
            results.append(y)
        }
        #expect(results[0] == results[1] && results[0] == results[2])
    }

    @Test func readsTheTypesThatItSays() {
        #expect(
            ElementType.computable.map(\.rawValue) == [
                "F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K",
                "IQ4_NL", "IQ4_XS", "MXFP4",
            ])
    }

    @Test func turnsMatrices() throws {
        let storage = WeightStorage(copying: bytes([1, 2, 3, 4, 5, 6]))
        let weights = try #require(LinearWeights(transposing: storage, type: .f32, rows: 3, columns: 2))
        #expect((0..<3).map { weights.row($0) } == [[1, 4], [2, 5], [3, 6]])
    }

    @Test func refusesWhatDoesNotFit() {
        let storage = WeightStorage(copying: [UInt8](repeating: 0, count: 64))
        #expect(LinearWeights(storage, type: .f32, rows: 5, columns: 4) == nil)
        #expect(LinearWeights(storage, offset: 4, type: .f32, rows: 4, columns: 4) == nil)
        #expect(LinearWeights(storage, type: .q8_0, rows: 1, columns: 33) == nil)
        #expect(LinearWeights(storage, type: .mxfp4, rows: 1, columns: 32) != nil)
        #expect(LinearWeights(storage, type: .q4_k, rows: 1, columns: 128) == nil)
        #expect(LinearWeights(storage, type: .q4_k, rows: 1, columns: 256) == nil)
        #expect(LinearWeights(storage, type: .f64, rows: 1, columns: 4) == nil)
        #expect(LinearWeights(storage, type: .f32, rows: Int.max, columns: 4) == nil)
        #expect(LinearWeights(storage, type: .f32, rows: 2, columns: 4, bias: [1]) == nil)
    }
}
