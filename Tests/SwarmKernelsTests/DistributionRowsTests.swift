import Foundation
import SwarmKernels
import Testing

/// Sums and exponentials in double, against the C library's and plain loops, on every instruction set.
@Suite struct DistributionRowsTests {
    private func onEachSet(_ body: () throws -> Void) rethrows {
        for name in instructionSets { _ = try withInstructionSet(name, body) }
    }

    private func doubles(_ numbers: inout Numbers, _ count: Int) -> [Double] {
        numbers.array(count, scale: 1).map { abs(Double($0)) }
    }

    @Test(arguments: [0, 1, 3, 4, 15, 16, 17, 100, 50_257]) func exponentialsAreThoseOfTheLibrary(count: Int) {
        var numbers = Numbers(seed: 21)
        var row = numbers.array(count, scale: 40)
        if count > 4 { row[2] = -.infinity }
        if count > 4 { row[3] = -2000 }
        onEachSet {
            let shift = 1.25
            let found = exponentials(row, minus: shift)
            #expect(found.count == count)
            for (value, x) in zip(found, row) {
                let exact = Double(x) - shift < -708 ? 0 : exp(Double(x) - shift)
                #expect(abs(value - exact) <= 1e-15 * exact)
            }
            let sum = found.reduce(0, +)
            #expect(abs(sumOfExponentials(row, minus: shift) - sum) <= 1e-12 * sum)
            #expect(maximum(row) == row.max() ?? -.infinity)
        }
    }

    @Test(arguments: [1, 7, 8, 100, 50_257]) func sumsOfStretchesAreRelativeToTheLargest(count: Int) throws {
        var numbers = Numbers(seed: 23)
        var row = numbers.array(count, scale: 40)
        // A stretch of nothing, and one far below the others.
        for place in row.indices where (8..<16).contains(place) { row[place] = -.infinity }
        for place in row.indices where (16..<24).contains(place) { row[place] -= 5000 }
        let highest = try #require(row.max())
        onEachSet {
            let alone = sumsOfExponentials(row, every: 8, pool: nil)
            #expect(alone.highest == highest)
            #expect(alone.sums.count == (count + 7) / 8)
            for (stretch, sum) in alone.sums.enumerated() {
                let exact = row[(stretch * 8)..<min(count, stretch * 8 + 8)]
                    .reduce(0.0) { $0 + exp(Double($1) - Double(highest)) }
                #expect(abs(sum - exact) <= 1e-14 * exact)
            }
        }
        let alone = sumsOfExponentials(row, every: 8, pool: nil)
        #expect(sumsOfExponentials(row, every: 8, pool: ThreadPool(threadCount: 3)) == alone)
    }

    @Test func faultsAreSeen() {
        onEachSet {
            #expect(sumOfExponentials([1, .nan, 2], minus: 2).isNaN)
            #expect(maximum([1, .nan, 2]) == 2)
            #expect(maximum([-.infinity]) == -.infinity)
            #expect(maximum([.infinity, 3]) == .infinity)
            func sums(_ row: [Float]) -> (highest: Float, sums: [Double]) {
                sumsOfExponentials(row, every: 2, pool: nil)
            }
            #expect(sums([1, 2, .nan, -.infinity]).sums.map(\.isNaN) == [false, true])
            #expect(sums([-.infinity, .nan]).sums[0].isNaN)
            #expect(sums([.infinity, 3]).highest == .infinity)
            #expect(sums([-.infinity, -.infinity]) == (-.infinity, [0]))
        }
    }

    @Test(arguments: [1, 4, 7, 64]) func sharesByHand(count: Int) {
        var numbers = Numbers(seed: 22)
        let (own, peers) = (doubles(&numbers, count), doubles(&numbers, count))
        var groups = zip(peers, doubles(&numbers, count)).map { $0 + $1 }
        groups[0] = 0
        let before = doubles(&numbers, count)
        onEachSet {
            var row = before
            let factors = addShare(own: own, peers: peers, groups: groups, alpha: 0.75, times: 0.5, to: &row)
            for place in 0..<count {
                let isShared = groups[place] > 0
                let factor = isShared ? 0.75 * own[place] / groups[place] : 0
                let share = isShared ? 0.25 * own[place] + factor * peers[place] : own[place]
                #expect(abs(factors[place] - factor) < 1e-14 * max(1, factor))
                #expect(abs(row[place] - before[place] - 0.5 * share) < 1e-13 * max(1, share))
            }
            var sum = before
            add(own, times: -2, to: &sum)
            for place in 0..<count { #expect(abs(sum[place] - before[place] + 2 * own[place]) < 1e-14) }
        }
    }

    @Test func sumsOverPlaces() {
        let scattered = ScatteredSum(to: [2, -1, 0, 2], count: 3)
        var sums = [1.0, 0, 0]
        let (added, lost) = scattered.add([0.5, 0.25, 1, 0.125, 9], to: &sums)
        #expect(sums == [2, 0, 0.625] && added == 1.625 && lost == 0.25)
        let links = LinkedSum([(0, 1), (2, 1)], count: 3)
        var row = [0.0, 1, 0]
        links.add([1, 5, 2], to: &row)
        #expect(row == [0, 4, 0])
        links.addBack([7, 3, 7], scaledBy: [1, 0, 2], times: 0.5, to: &row)
        #expect(row == [1.5, 4, 3])
    }
}
