import Foundation
import SwarmKernels
import Testing

@Suite(.serialized) struct RowSumsTests {
    /// H and log Σ p^s of softmax x, in double.
    private func naive(_ row: [Float], power: Double) -> (entropy: Double, logPartition: Double) {
        let finite = row.filter { $0 > -.infinity }.map { Double($0) }
        let top = finite.max() ?? 0
        let logSum = top + log(finite.reduce(0) { $0 + exp($1 - top) })
        let logs = finite.map { $0 - logSum }
        return (-logs.reduce(0) { $0 + exp($1) * $1 }, log(logs.reduce(0) { $0 + exp(power * $1) }))
    }

    @Test(arguments: instructionSets) func equalsTheSumsInDouble(isa: String) throws {
        var numbers = Numbers(seed: 3)
        for (count, scale) in [(1, 1.0), (7, 3), (105, 1), (512, 6), (32_000, 0.2), (50_257, 4)] {
            var row = numbers.array(count, scale: Float(scale))
            // One token far above the others, and tokens that take no part.
            if count > 100 { row[3] = row.max().map { $0 + 9 } ?? 0 }
            if count > 10 { for index in stride(from: 5, to: count, by: 7) { row[index] = -.infinity } }
            _ = withInstructionSet(isa) {
                guard let sums = RowSums(row) else {
                    Issue.record("a row of \(count)")
                    return
                }
                let entropy = naive(row, power: 1).entropy
                #expect(abs(sums.entropy - entropy) < 1e-6 * max(1, entropy), "\(count) entropy")
                for power in [0.25, 0.5, 0.917, 1, 1.09, 2, 4] {
                    let expected = naive(row, power: power).logPartition
                    #expect(abs(sums.logPartition(power: power) - expected) < 1e-6, "\(count) at \(power)")
                }
            }
        }
    }

    @Test func rowsWithoutANumber() {
        #expect(RowSums([]) == nil)
        #expect(RowSums([-.infinity, -.infinity]) == nil)
        #expect(RowSums([-.infinity, 3])?.entropy == 0)
        #expect(RowSums([-.infinity, 3])?.logPartition(power: 0.5) == 0)
    }
}
