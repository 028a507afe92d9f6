import Foundation
import SwarmKernels
import Testing

@Suite(.serialized) struct OperationsTests {
    private func rows(_ values: [Float]) -> FloatRows {
        let rows = FloatRows(rows: 1, columns: values.count)
        rows[row: 0] = values
        return rows
    }

    private func close(_ a: [Float], _ b: [Double], _ tolerance: Double) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs(Double($0) - $1) <= tolerance * max(1, abs($1)) }
    }

    @Test(arguments: [1, 5, 8, 13, 64, 100]) func norms(count: Int) {
        var numbers = Numbers(seed: 1)
        let (values, weight, bias) = (numbers.array(count, scale: 3), numbers.array(count), numbers.array(count))
        let x = values.map { Double($0) }
        let square = x.reduce(0) { $0 + $1 * $1 } / Double(count)
        let y = FloatRows(rows: 1, columns: count)
        Norm(kind: .rms, weight: weight, epsilon: 1e-5).apply(rows(values), rows: 1, into: y)
        let rms = zip(x, weight).map { $0 / (square + 1e-5).squareRoot() * Double($1) }
        #expect(close(y[row: 0], rms, 1e-6))

        let mean = x.reduce(0, +) / Double(count)
        let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        Norm(kind: .layer, weight: weight, bias: bias, epsilon: 1e-5).apply(rows(values), rows: 1, into: y)
        let layer = x.indices.map {
            (x[$0] - mean) / (variance + 1e-5).squareRoot() * Double(weight[$0]) + Double(bias[$0])
        }
        #expect(close(y[row: 0], layer, 2e-6))
    }

    @Test(arguments: instructionSets) func activations(isa: String) {
        let values = (-2000...2000).map { Float($0) / 100 } + [0, -0.0, 1e-20, 90, -90]
        let y = FloatRows(rows: 1, columns: values.count)
        let cases: [(Activation, (Double) -> Double)] = [
            (.silu, { $0 / (1 + exp(-$0)) }),
            (.gelu, { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }),
            (.geluTanh, { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }),
            (.relu, { max($0, 0) }),
            (.reluSquared, { max($0, 0) * max($0, 0) }),
        ]
        _ = withInstructionSet(isa) {
            for (activation, exact) in cases {
                activation.apply(rows(values), rows: 1, into: y)
                #expect(close(y[row: 0], values.map { exact(Double($0)) }, 1e-6), "\(activation)")
            }
        }
    }

    @Test func gates() {
        let y = FloatRows(rows: 1, columns: 3)
        Activation.relu.gate(rows([1, -1, 2, 5, 6, 7]), rows: 1, into: y)
        #expect(y[row: 0] == [5, 0, 14])
    }

    @Test func logSumExpIsExact() {
        var numbers = Numbers(seed: 2)
        for count in [1, 7, 8, 9, 1000, 152_064] {
            let row = numbers.array(count, scale: 10)
            let exact = log(row.reduce(0.0) { $0 + exp(Double($1)) })
            #expect(abs(logSumExp(row[...]) - exact) < 2e-7)
            #expect(abs(logSoftmax(row[...]).reduce(0.0) { $0 + exp($1) } - 1) < 1e-6)
        }
        #expect(logSumExp([-.infinity, 3, -.infinity]) == 3)
        #expect(logSumExp([-.infinity, -.infinity]) == -.infinity)
        #expect(logSumExp([]) == -.infinity)
        #expect(logSumExp([1, .nan]).isNaN)
        #expect(abs(logSumExp([-1000, -1000]) - (-1000 + log(2.0))) < 1e-9)
    }

    @Test func softCaps() {
        var values: [Float] = [-100, -1, 0, 1, 100, 7]
        softCap(&values, 0..<5, 5)
        #expect(close(values, [-5, -5 * tanh(0.2), 0, 5 * tanh(0.2), 5, 7], 1e-6))
    }

    /// Against sums in double, over runs in any places, with heads that share keys, caps and widths of no round number.
    @Test(arguments: [4, 8, 20, 64, 80]) func attention(width: Int) throws {
        var numbers = Numbers(seed: 9)
        let (heads, groups, capacity) = (4, 2, 40)
        let cache = try #require(KeyValueCache(heads: groups, capacity: capacity, width: width))
        let stored = FloatRows(rows: capacity, columns: 2 * groups * width)
        for row in 0..<capacity { stored[row: row] = numbers.array(2 * groups * width, scale: 2) }
        let keys = HeadLayout(count: groups, width: width)
        let values = HeadLayout(count: groups, width: width, base: groups * width)
        cache.store(stored, keys, stored, values, rows: Array(0..<capacity))
        let query = rows(numbers.array(heads * width, scale: 2))
        let runs = [RowRun(start: 3, count: 6), RowRun(start: 20, count: 1), RowRun(start: 0, count: 2)]
        var paths = PathRuns()
        paths.append(backwards: runs)
        paths.append(backwards: runs, window: 8)
        paths.keep([0])
        let output = FloatRows(rows: 1, columns: heads * width)
        cache.attend(
            query, HeadLayout(count: heads, width: width), paths: paths, scale: 0.3, cap: 4,
            into: output, pool: ThreadPool(threadCount: 1))
        let places = [0, 1, 20, 3, 4, 5, 6, 7, 8]
        for head in 0..<heads {
            let group = head / 2
            let scores = places.map { place in
                let dot = (0..<width).reduce(0.0) {
                    $0 + Double(query[row: 0][head * width + $1]) * Double(stored[row: place][group * width + $1])
                }
                return exp(4 * tanh(dot * 0.3 / 4))
            }
            let total = scores.reduce(0, +)
            let exact = (0..<width).map { column in
                zip(places, scores).reduce(0.0) {
                    $0 + $1.1 / total * Double(stored[row: $1.0][(groups + group) * width + column])
                }
            }
            #expect(close(Array(output[row: 0][head * width..<(head + 1) * width]), exact, 2e-6))
        }
    }

    /// A path of one row gives back its value as stored: rounded to the nearest, whatever the instruction set.
    @Test(arguments: [4, 20, 64, 80]) func cachedValuesAreRoundedToTheNearest(width: Int) throws {
        var numbers = Numbers(seed: 12)
        let values = numbers.array(width - 3, scale: 3) + [0, 6e-8, 65504]
        let layout = HeadLayout(count: 1, width: width)
        func stored(_ values: [Float], _ type: CacheType) throws -> [Float] {
            let types = CacheTypes(keys: type, values: type)
            let cache = try #require(KeyValueCache(heads: 1, capacity: 2, width: width, types: types))
            let row = rows(values)
            cache.store(row, layout, row, layout, rows: [1])
            var paths = PathRuns()
            paths.append(backwards: [RowRun(start: 1, count: 1)])
            let output = FloatRows(rows: 1, columns: width)
            cache.attend(
                row, layout, paths: paths, scale: 0, cap: 0, into: output,
                pool: ThreadPool(threadCount: 1))
            return output[row: 0]
        }
        #expect(try stored(values, .f32) == values)
        #expect(try stored(values, .f16) == values.map { Float(Float16($0)) })
        let small = numbers.array(width, scale: 3)
        let back = try stored(small, .q8_0)
        for start in Swift.stride(from: 0, to: width, by: 32) {
            let block = start..<min(width, start + 32)
            // Half a step, and the scale's own rounding.
            let step = (block.map { abs(small[$0]) }.max() ?? 0) / 127
            for place in block { #expect(abs(back[place] - small[place]) <= step * (0.5 + 0.07)) }
        }
        #expect(try stored([.nan] + small.dropFirst(), .q8_0)[0].isNaN)
    }

    /// Attention over rounded keys and values, against that over exact ones: what each type costs.
    @Test(arguments: [(CacheType.f16, 3e-3), (.q8_0, 6e-2)], [20, 64, 128])
    func attentionOverRoundedRows(type: (CacheType, Double), width: Int) throws {
        var numbers = Numbers(seed: 13)
        let stored = FloatRows(rows: 30, columns: width)
        for row in 0..<30 { stored[row: row] = numbers.array(width, scale: 1) }
        let query = rows(numbers.array(width, scale: 1))
        let layout = HeadLayout(count: 1, width: width)
        func attended(_ types: CacheTypes) throws -> [Float] {
            let cache = try #require(KeyValueCache(heads: 1, capacity: 30, width: width, types: types))
            cache.store(stored, layout, stored, layout, rows: Array(0..<30))
            var paths = PathRuns()
            paths.append(backwards: [RowRun(start: 20, count: 7), RowRun(start: 0, count: 15)])
            let output = FloatRows(rows: 1, columns: width)
            cache.attend(
                query, layout, paths: paths, scale: 0.5, cap: 0, into: output,
                pool: ThreadPool(threadCount: 1))
            return output[row: 0]
        }
        let exact = try attended(CacheTypes()).map(Double.init)
        for types in [CacheTypes(keys: type.0), CacheTypes(values: type.0), CacheTypes(keys: type.0, values: type.0)] {
            let rounded = try attended(types)
            #expect(close(rounded, exact, type.1))
            #expect(rounded.map(Double.init) != exact)
        }
    }

    /// Queries of one prompt are taken four at a time: the same bits as one by one, for every type of cache.
    @Test(arguments: CacheType.allCases, [20, 64, 72]) func queriesTogetherAreQueriesAlone(type: CacheType, width: Int)
        throws
    {
        var numbers = Numbers(seed: 14)
        let (heads, capacity, queries) = (2, 40, 11)
        let types = CacheTypes(keys: type, values: type)
        let cache = try #require(KeyValueCache(heads: 1, capacity: capacity, width: width, types: types))
        let stored = FloatRows(rows: capacity, columns: width)
        for row in 0..<capacity { stored[row: row] = numbers.array(width, scale: 2) }
        let one = HeadLayout(count: 1, width: width)
        cache.store(stored, one, stored, one, rows: Array(0..<capacity))
        let layout = HeadLayout(count: heads, width: width)
        let query = FloatRows(rows: queries, columns: heads * width)
        for row in 0..<queries { query[row: row] = numbers.array(heads * width, scale: 1) }
        // Rows 20 on, behind two runs; the seventh begins a run of its own, so that two before it are left alone.
        let paths = (0..<queries).map { number in
            number < 6
                ? [RowRun(start: 20, count: number + 1), RowRun(start: 3, count: 5), RowRun(start: 0, count: 2)]
                : [RowRun(start: 30, count: number - 5), RowRun(start: 20, count: 6), RowRun(start: 3, count: 5)]
        }
        func attend(_ chosen: Range<Int>, into output: FloatRows) {
            var runs = PathRuns()
            for number in chosen { runs.append(backwards: paths[number]) }
            let part = FloatRows(rows: chosen.count, columns: heads * width)
            for (row, number) in chosen.enumerated() { part.copyRow(number, of: query, to: row) }
            let result = FloatRows(rows: chosen.count, columns: heads * width)
            cache.attend(
                part, layout, paths: runs, scale: 0.2, cap: 3, slopes: [0.5, 0.125], into: result,
                pool: ThreadPool(threadCount: 1))
            for (row, number) in chosen.enumerated() { output.copyRow(row, of: result, to: number) }
        }
        let (together, alone) = (
            FloatRows(rows: queries, columns: heads * width), FloatRows(rows: queries, columns: heads * width)
        )
        for isa in instructionSets {
            _ = withInstructionSet(isa) {
                attend(0..<queries, into: together)
                for number in 0..<queries { attend(number..<number + 1, into: alone) }
            }
            for row in 0..<queries { #expect(together[row: row] == alone[row: row], "query \(row), \(isa)") }
        }
    }

    /// Heads that share keys and values are dealt out one by one for few queries, and together for many.
    @Test(arguments: [1, 3, 40]) func attentionIsTheSameForAnyThreads(queries: Int) throws {
        var numbers = Numbers(seed: 17)
        let (heads, group, width, context) = (2, 3, 16, 400)
        let cache = try #require(KeyValueCache(heads: heads, capacity: context, width: width))
        let stored = FloatRows(rows: context, columns: heads * width)
        for row in 0..<context { stored[row: row] = numbers.array(heads * width, scale: 2) }
        let own = HeadLayout(count: heads, width: width)
        cache.store(stored, own, stored, own, rows: Array(0..<context))
        let layout = HeadLayout(count: heads * group, width: width)
        let query = FloatRows(rows: queries, columns: layout.end)
        for row in 0..<queries { query[row: row] = numbers.array(layout.end, scale: 1) }
        var paths = PathRuns()
        for row in 0..<queries { paths.append(backwards: [RowRun(start: 0, count: context - queries + row + 1)]) }
        func attended(threads: Int) -> [[Float]] {
            let output = FloatRows(rows: queries, columns: layout.end)
            cache.attend(
                query, layout, paths: paths, scale: 0.25, cap: 0, into: output, pool: ThreadPool(threadCount: threads))
            return (0..<queries).map { output[row: $0] }
        }
        let alone = attended(threads: 1)
        #expect(Set(alone.map { $0.hashValue }).count == queries)
        for threads in [2, 3, 8] { #expect(attended(threads: threads) == alone, "\(threads) threads") }
    }

    /// ALiBi adds slope times place, both and the product in bfloat16, before the scale.
    @Test func attentionWithALiBi() throws {
        var numbers = Numbers(seed: 15)
        let (count, width, slope) = (300, 8, Float(0.70703125))
        let cache = try #require(KeyValueCache(heads: 1, capacity: count, width: width))
        let stored = FloatRows(rows: count, columns: width)
        for row in 0..<count { stored[row: row] = numbers.array(width, scale: 2) }
        let layout = HeadLayout(count: 1, width: width)
        cache.store(stored, layout, stored, layout, rows: Array(0..<count))
        let query = rows(numbers.array(width, scale: 2))
        var paths = PathRuns()
        paths.append(backwards: [RowRun(start: 0, count: count)])
        let output = FloatRows(rows: 1, columns: width)
        cache.attend(
            query, layout, paths: paths, scale: 0.1, cap: 0, slopes: [slope], into: output,
            pool: ThreadPool(threadCount: 1))
        /// Eight bits of a number, ties to even.
        func bfloat(_ x: Double) -> Double {
            guard x != 0 else { return 0 }
            let unit = pow(2, floor(log2(x)) - 7)
            return (x / unit).rounded(.toNearestOrEven) * unit
        }
        let scores = (0..<count).map { place in
            let dot = zip(query[row: 0], stored[row: place]).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            return exp((dot + bfloat(Double(slope) * bfloat(Double(place)))) * 0.1 - 20)
        }
        let total = scores.reduce(0, +)
        let exact = (0..<width).map { column in
            (0..<count).reduce(0.0) { $0 + scores[$1] / total * Double(stored[row: $1][column]) }
        }
        #expect(close(output[row: 0], exact, 1e-5))
    }

    @Test func matrixProducts() {
        let a: [Double] = [1, 2, 3, 4, 5, 6]
        #expect(matrixProduct(a, [1, 0, 0, 1, 1, 1], m: 2, n: 2, k: 3) == [4, 5, 10, 11])
        #expect(matrixProduct(a, [1, 0, 1, 0, 1, 1], m: 2, n: 2, k: 3, transposeB: true) == [4, 5, 10, 11])
        #expect(matrixProduct([1, 2] as [Float], [3, 4], m: 1, n: 1, k: 2) == [11])
    }
}
