import SwarmKernels
import Testing

@Suite struct PackedRowsTests {
    /// `count` BF16 numbers as trained matrices have them: bell-shaped, the odd one far off or zero.
    private func stored(_ count: Int, seed: UInt64, odd: Int = 5000) -> [UInt8] {
        var numbers = Numbers(seed: seed)
        var bytes: [UInt8] = []
        for index in 0..<count {
            var value = (numbers.next() + numbers.next() + numbers.next()) * 0.02
            if index % odd == odd / 2 { value *= [1e-20, 1e20, 0, -0.0, 1e-37][index / odd % 5] }
            let word = UInt16(truncatingIfNeeded: value.bitPattern >> 16)
            bytes += [UInt8(truncatingIfNeeded: word), UInt8(word >> 8)]
        }
        return bytes
    }

    /// The same as F16, which most of them are exactly; those too small or too large become zero.
    private func halves(_ bytes: [UInt8]) -> [UInt8] {
        stride(from: 0, to: bytes.count, by: 2).flatMap { place -> [UInt8] in
            let value = Float(bitPattern: UInt32(bytes[place]) << 16 | UInt32(bytes[place + 1]) << 24)
            let half = Float16(value)
            let word = (Float(half) == value ? half : 0).bitPattern
            return [UInt8(truncatingIfNeeded: word), UInt8(word >> 8)]
        }
    }

    private func weights(
        _ bytes: [UInt8], type: ElementType = .bf16, _ rows: Int, _ columns: Int, bias: [Float]? = nil
    ) throws -> LinearWeights {
        try #require(LinearWeights(WeightStorage(copying: bytes), type: type, rows: rows, columns: columns, bias: bias))
    }

    private func bits(_ weights: LinearWeights) -> [UInt32] {
        (0..<weights.rows).flatMap { weights.row($0) }.map(\.bitPattern)
    }

    /// Each row holds every bit pattern of some high bytes: zeros, denormals, infinities and NaN among them.
    @Test(arguments: instructionSets) func everyBitPatternComesBack(isa: String) throws {
        for first in stride(from: 0, to: 256, by: 8) {
            // Eight high bytes, and sixteen others once each: half of them have no code.
            var bytes: [UInt8] = []
            for high in first..<first + 8 {
                for low in 0..<256 { for _ in 0..<16 { bytes += [UInt8(low), UInt8(high)] } }
            }
            for place in 0..<16 { bytes[place * 4096 + 2 * (place * 37) + 1] = UInt8((first + 8 + 15 * place) % 256) }
            let packed = try weights(bytes, 8, 4096)
            packed.pack(pool: ThreadPool(threadCount: 1))
            #expect(packed.isPacked)
            let plain = try weights(bytes, 8, 4096)
            _ = withInstructionSet(isa) { #expect(bits(packed) == bits(plain)) }
        }
    }

    private func high(_ half: UInt16) -> UInt32 { Float(Float16(bitPattern: half)).bitPattern >> 24 }

    /// Every F16 number that BF16 holds, zeros and denormals among them; one that it does not hold keeps all from it.
    @Test func halvesThatAreBFloatsComeBack() throws {
        let held = (0...UInt16.max).filter {
            let number = Float(Float16(bitPattern: $0))
            return number.isFinite && number.bitPattern & 0xFFFF == 0
        }
        #expect(held.count == 8704)
        let highs = Set(held.map(high)).sorted()
        for first in stride(from: 0, to: highs.count, by: 16) {
            let some = Set(highs[first..<min(highs.count, first + 16)])
            let own = held.filter { some.contains(high($0)) }
            var words = (0..<max(own.count, 32_768)).map { own[$0 % own.count] }
            #expect(words.count == 32_768)
            var found: [Bool] = []
            for other in [nil, 0x3C01, 0x03FF, 0x7C00, 0xFE00] as [UInt16?] {
                if let other { words[20_011] = other }
                let bytes = words.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
                let (plain, packed) = (try weights(bytes, type: .f16, 8, 4096), try weights(bytes, type: .f16, 8, 4096))
                packed.pack(pool: ThreadPool(threadCount: 2))
                found.append(packed.isPacked)
                #expect(bits(packed) == bits(plain))
            }
            #expect(found == [true, false, false, false, false])
        }
    }

    @Test(arguments: instructionSets, [ElementType.bf16, .f16]) func productsStayTheSameToTheBit(
        isa: String, type: ElementType
    ) throws {
        for (rows, columns) in [(8, 32), (13, 96), (45, 160), (64, 576), (203, 1056)] {
            let numbers16 = stored(rows * columns, seed: UInt64(rows))
            let bytes = type == .f16 ? halves(numbers16) : numbers16
            var numbers = Numbers(seed: 7)
            let bias = rows % 2 == 0 ? nil : numbers.array(rows)
            let plain = try weights(bytes, type: type, rows, columns, bias: bias)
            let packed = try weights(bytes, type: type, rows, columns, bias: bias)
            packed.pack(pool: ThreadPool(threadCount: 2))
            #expect(packed.isPacked && !plain.isPacked)
            #expect(bits(packed) == bits(plain))
            let x = FloatRows(rows: 97, columns: columns)
            for row in 0..<97 { x[row: row] = numbers.array(columns) }
            // Other threads keep the process's own kernels.
            for threads in isa == instructionSet ? [1, 2, 3] : [1] {
                for count in Array(1...17) + [97] {
                    let (expected, found) = (
                        FloatRows(rows: count, columns: rows), FloatRows(rows: count, columns: rows)
                    )
                    let pool = ThreadPool(threadCount: threads)
                    _ = withInstructionSet(isa) {
                        plain.multiply(x, rows: count, into: expected, pool: pool)
                        packed.multiply(x, rows: count, into: found, pool: pool)
                    }
                    for row in 0..<count {
                        #expect(found[row: row].map(\.bitPattern) == expected[row: row].map(\.bitPattern))
                    }
                }
            }
        }
    }

    /// Infinities and NaN go on as they do unpacked.
    @Test func faultsGoOn() throws {
        var bytes = stored(16 * 256, seed: 2)
        for (row, word) in [(3, 0x7F80), (9, 0xFFC1), (12, 0xFF80)] as [(Int, UInt16)] {
            bytes[2 * (row * 256 + 100)] = UInt8(word & 255)
            bytes[2 * (row * 256 + 100) + 1] = UInt8(word >> 8)
        }
        let (plain, packed) = (try weights(bytes, 16, 256), try weights(bytes, 16, 256))
        packed.pack(pool: ThreadPool(threadCount: 1))
        var numbers = Numbers(seed: 3)
        let x = FloatRows(rows: 1, columns: 256)
        x[row: 0] = numbers.array(256)
        let (expected, found) = (FloatRows(rows: 1, columns: 16), FloatRows(rows: 1, columns: 16))
        plain.multiply(x, rows: 1, into: expected, pool: ThreadPool(threadCount: 1))
        packed.multiply(x, rows: 1, into: found, pool: ThreadPool(threadCount: 1))
        #expect(packed.isPacked && packed.firstNonFinite()?.row == 3)
        #expect(found[row: 0].map(\.bitPattern) == expected[row: 0].map(\.bitPattern))
        #expect([3, 9, 12].allSatisfy { !found[row: 0][$0].isFinite } && found[row: 0][4].isFinite)
    }

    @Test func whatDoesNotPayStaysAsItIs() throws {
        var numbers = Numbers(seed: 4)
        let random = (0..<2 * 16 * 64).map { _ in UInt8(abs(numbers.next()) * 255) }
        for (bytes, rows, columns) in [
            (random, 16, 64), (stored(7 * 64, seed: 1), 7, 64), (stored(16 * 60, seed: 1), 16, 60),
        ] {
            let matrix = try weights(bytes, rows, columns)
            let before = bits(matrix)
            matrix.pack(pool: ThreadPool(threadCount: 1))
            #expect(!matrix.isPacked && bits(matrix) == before)
        }
    }

    /// In a file, matrices are packed after some products with single vectors, and never after others.
    @Test(.enabled(if: !["portable", "amx"].contains(instructionSet))) func packsWhatGenerationReads() throws {
        let (rows, columns) = (72, 4096)
        let bytes = stored(rows * columns, seed: 9)
        let path = temporaryFile([0, 1, 2] + bytes)
        defer { removeFile(path) }
        let file = try MappedFile(path: path)
        let matrix = try #require(
            LinearWeights(
                WeightStorage(file, range: 3..<file.count), type: .bf16, rows: rows, columns: columns))
        let copy = matrix
        let pool = ThreadPool(threadCount: 2)
        var numbers = Numbers(seed: 10)
        let x = FloatRows(rows: 2, columns: columns)
        for row in 0..<2 { x[row: row] = numbers.array(columns) }
        let y = FloatRows(rows: 2, columns: rows)
        for _ in 0..<100 { matrix.multiply(x, rows: 2, into: y, pool: pool) }
        #expect(!matrix.isPacked)
        matrix.multiply(x, rows: 1, into: y, pool: pool)
        let expected = y[row: 0]
        var products = 1
        while !matrix.isPacked, products < 1000 {
            matrix.multiply(x, rows: 1, into: y, pool: pool)
            products += 1
            #expect(y[row: 0] == expected)
        }
        #expect(matrix.isPacked && copy.isPacked && products > 8)
        #expect(try bits(matrix) == bits(weights(bytes, rows, columns)))
    }
}
