import Foundation
import SwarmKernels
import Testing

@Suite struct InstructionSetTests {
    /// Sets of kernels whose results are those of AVX2 to the bit.
    private static let likeAVX2 = instructionSets.filter { $0 != "portable" && $0 != "avx2" }

    /// Weights of `type`: random bytes, so that every small integer is among them, with scales that are finite. A block in
    /// eight has the largest numbers alone.
    private func weights(_ type: ElementType, rows: Int, columns: Int) throws -> LinearWeights {
        var numbers = Numbers(seed: 21)
        func byte() -> UInt8 { UInt8(truncatingIfNeeded: Int(numbers.next() * 40_000)) }
        func block() -> [UInt8] {
            let bits = numbers.next().bitPattern
            let float = (0..<4).map { UInt8(truncatingIfNeeded: bits >> ($0 * 8)) }
            return switch type {
            case .f32: float
            case .bf16: Array(float[2...])
            case .mxfp4: [100 + byte() % 50] + (1..<17).map { _ in byte() }
            default: byte() < 224 ? (0..<type.blockBytes).map { _ in byte() } : extreme(type)
            }
        }
        // Random bytes where scales lie in some type: the first four bytes, and the last four.
        func extreme(_ type: ElementType) -> [UInt8] {
            let fill: UInt8 = byte() < 128 ? 0xFF : 0x80
            return (0..<type.blockBytes).map { $0 < 4 || $0 >= type.blockBytes - 4 ? byte() : fill }
        }
        func isFinite(_ bytes: [UInt8]) throws -> Bool {
            let storage = WeightStorage(copying: bytes)
            return try #require(LinearWeights(storage, type: type, rows: 1, columns: type.blockSize)).firstNonFinite()
                == nil
        }
        // One byte in: nothing is aligned.
        var stored: [UInt8] = [0]
        for _ in 0..<rows * columns / type.blockSize {
            var bytes = block()
            while try !isFinite(bytes) { bytes = block() }
            stored += bytes
        }
        let storage = WeightStorage(copying: stored)
        return try #require(LinearWeights(storage, offset: 1, type: type, rows: rows, columns: columns))
    }

    @Test(arguments: LinearWeightsTests.types, likeAVX2)
    func productsEqualThoseOfAVX2(type: ElementType, isa: String) throws {
        // Rows and columns that are no whole number of anything.
        let (rows, columns) = (45, type.blockSize == 1 ? 99 : type.blockSize * (type.blockSize == 32 ? 5 : 2))
        let matrix = try weights(type, rows: rows, columns: columns)
        var numbers = Numbers(seed: 22)
        for count in 1...33 {
            let x = FloatRows(rows: count, columns: columns)
            for row in 0..<count {
                // Numbers of one size make the largest sums.
                x[row: row] =
                    row % 5 == 0
                    ? [Float](repeating: row % 2 == 0 ? 1 : -1, count: columns)
                    : numbers.array(columns, scale: Float(row + 1))
            }
            func products() -> [[UInt32]] {
                let y = FloatRows(rows: count, columns: rows)
                matrix.multiply(x, rows: count, into: y, pool: ThreadPool(threadCount: 1))
                return (0..<count).map { y[row: $0].map(\.bitPattern) }
            }
            let quantised = try #require(withInstructionSet(isa, products))
            let floats = try #require(withInstructionSet(isa) { withFloatActivations(products) })
            // BF16 has an order of its own on AMX: the next test.
            if type != .bf16 || !isa.hasSuffix("amx") {
                #expect(quantised == withInstructionSet("avx2", products), "\(count) vectors")
            }
            #expect(floats == withInstructionSet("avx2") { withFloatActivations(products) }, "\(count) vectors")
        }
    }

    /// Floats of every size are split into BF16 numbers without loss, so that results are as exact as those of floats.
    @Test(arguments: instructionSets, [31, 99, 256, 1000]) func bfloatsAreExact(isa: String, columns: Int) throws {
        let rows = 45
        let matrix = try weights(.bf16, rows: rows, columns: columns)
        var numbers = Numbers(seed: 23)
        for count in [1, 7, 8, 21] {
            let x = FloatRows(rows: count, columns: columns)
            let y = FloatRows(rows: count, columns: rows)
            for row in 0..<count {
                x[row: row] = numbers.array(columns).map { value in value * [1e-30, 1e-3, 1, 1e6, 1e30][row % 5] }
            }
            _ = withInstructionSet(isa) {
                matrix.multiply(x, rows: count, into: y, pool: ThreadPool(threadCount: 1))
            }
            for row in 0..<count {
                for output in 0..<rows {
                    let terms = zip(matrix.row(output), x[row: row]).map { Double($0) * Double($1) }
                    let size = terms.reduce(0) { $0 + abs($1) }
                    #expect(abs(Double(y[row: row][output]) - terms.reduce(0, +)) <= 4e-7 * size)
                }
            }
        }
    }

    @Test func namesThatCannotBeUsedAreErrors() throws {
        #expect(throws: Never.self) { try checkInstructionSet("portable") }
        #expect(throws: Never.self) { try checkInstructionSet("") }
        let unknown = try #require(throws: InstructionSetError.self) { try checkInstructionSet("avx9") }
        #expect(unknown.reason == .unknown && unknown.expected.last == "portable")
        #expect(unknown.description.contains("TOKENSWARM_ISA: found \"avx9\""))
        do {
            try checkInstructionSet("avx512")
            #expect(withInstructionSet("avx512") { instructionSet } == "avx512")
        } catch let error as InstructionSetError {
            #expect(error.reason == .lacking && !error.expected.contains("avx512"))
            #expect(withInstructionSet("avx512") { 0 } == nil)
        }
    }

    /// One bit of one product of one type is wrong.
    @Test(.enabled(if: instructionSets.contains("avx2"))) func wrongKernelsAreNotUsed() throws {
        let error = try #require(throws: InstructionSetError.self) { try checkInstructionSet("faulty") }
        #expect(error.reason == .wrong)
        #expect(withInstructionSet("faulty") { 0 } == nil)
        #expect(instructionSets.contains("emulated-avx512"))
    }

    /// Otherwise a run of this suite with TOKENSWARM_ISA would test other kernels than it says.
    @Test func theSetAskedForIsInUse() throws {
        let wanted = ProcessInfo.processInfo.environment["TOKENSWARM_ISA"] ?? ""
        #expect(throws: Never.self) { try checkInstructionSet(wanted) }
        if !wanted.isEmpty { #expect(instructionSet == wanted) }
        #expect(instructionSetsGivenUp.isEmpty)
    }
}
