internal import CKernels
internal import Foundation

/// The largest number of `row`, NaN passed over; −∞ where there is none.
package func maximum(_ row: [Float]) -> Float {
    unsafe row.withUnsafeBufferPointer { unsafe $0.baseAddress.map { unsafe ts_maximum($0, row.count) } ?? -.infinity }
}

/// Σ e^{x − shift} over `row`, in double; −∞ counts as nothing. NaN where a number is NaN.
package func sumOfExponentials(_ row: [Float], minus shift: Double) -> Double {
    unsafe row.withUnsafeBufferPointer { unsafe $0.baseAddress.map { unsafe ts_exp_sum($0, row.count, shift) } ?? 0 }
}

/// The largest number of `row`, NaN passed over, and Σ e^{x − largest} over every `length` numbers, the last stretch being
/// what is left; the same bits for any number of threads. A sum is NaN where a number is or the largest is +∞.
package func sumsOfExponentials(
    _ row: [Float], every length: Int, pool: ThreadPool?
) -> (highest: Float, sums: [Double]) {
    precondition(length > 0, "stretches of \(length)")
    let stretches = (row.count + length - 1) / length
    var tops = [Float](repeating: -.infinity, count: stretches)
    var sums = [Double](repeating: 0, count: stretches)
    unsafe tops.withUnsafeMutableBufferPointer { tops in
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            unsafe row.withUnsafeBufferPointer { row in
                guard let first = row.baseAddress, let tops = tops.baseAddress, let sums = sums.baseAddress else {
                    return
                }
                let total = row.count
                // Each stretch has a largest number and a sum of its own, and is still at hand for the second.
                nonisolated(unsafe) let (x, highest, sum) = unsafe (first, tops, sums)
                ThreadPool.forRows(stretches, of: length, pool) { stretch in
                    let start = unsafe x + stretch * length
                    let count = min(length, total - stretch * length)
                    let top = unsafe ts_maximum(start, count)
                    unsafe highest[stretch] = top
                    unsafe sum[stretch] = ts_exp_sum(start, count, top > -.infinity ? Double(top) : 0)
                }
            }
        }
    }
    let highest = tops.reduce(-.infinity, max)
    for stretch in sums.indices where sums[stretch] != 0 {
        sums[stretch] *= exp(Double(tops[stretch]) - Double(highest))
    }
    return (highest, sums)
}

/// e^{x − shift} of each number of `row`, in double; 0 for −∞.
package func exponentials(_ row: ArraySlice<Float>, minus shift: Double) -> [Double] {
    unsafe [Double](unsafeUninitializedCapacity: row.count) { target, count in
        unsafe row.withUnsafeBufferPointer { source in
            if let source = source.baseAddress, let target = target.baseAddress {
                unsafe ts_exp_row(source, row.count, shift, target)
            }
        }
        count = row.count
    }
}

/// The same for a whole row.
package func exponentials(_ row: [Float], minus shift: Double) -> [Double] { exponentials(row[...], minus: shift) }

/// The places in `row` of numbers that are at least `least`, in order; nil where there are more than `most`.
package func places(in row: [Float], atLeast least: Float, most: Int) -> [Int32]? {
    precondition(most >= 0 && row.count <= Int(Int32.max), "a row of \(row.count)")
    var found = 0
    let places = unsafe [Int32](unsafeUninitializedCapacity: most) { target, count in
        unsafe row.withUnsafeBufferPointer { row in
            if let x = row.baseAddress, let target = target.baseAddress {
                unsafe found = ts_places_at_least(x, row.count, least, target, most)
            }
        }
        count = min(found, most)
    }
    return found > most ? nil : places
}

/// y += times · x, rows of one length.
package func add(_ x: [Double], times: Double, to y: inout [Double]) {
    precondition(x.count == y.count, "rows of \(x.count) and \(y.count)")
    unsafe y.withUnsafeMutableBufferPointer { y in
        if let y = y.baseAddress { unsafe ts_add_scaled(x, times, x.count, y) }
    }
}

/// What groups have at least that `addShare` shares mass in.
package let leastGroup = TS_LEAST_GROUP

/// What a member makes of the symbols that it has, where it shares mass with its peers: with f = alpha · own / groups,
/// row += times · ((1 − alpha) · own + f · peers); where `groups` has nothing, f = 0 and row += times · own.
/// - Returns: f, by symbol.
package func addShare(
    own: [Double], peers: [Double], groups: [Double], alpha: Double, times: Double, to row: inout [Double]
) -> [Double] {
    let count = own.count
    precondition(peers.count == count && groups.count == count && row.count == count, "rows of other lengths")
    return unsafe [Double](unsafeUninitializedCapacity: count) { factors, written in
        unsafe row.withUnsafeMutableBufferPointer { row in
            if let factors = factors.baseAddress, let row = row.baseAddress {
                unsafe ts_share_own(own, peers, groups, count, alpha, times, factors, row)
            }
        }
        written = count
    }
}

/// Sums of masses by where each goes.
package struct ScatteredSum: Sendable {
    private let targets: [Int32]
    private let count: Int

    /// - Parameters:
    ///   - targets: by place of the source: a place in the sums, or below 0 for none.
    ///   - count: of the sums.
    package init(to targets: [Int32], count: Int) {
        precondition(targets.allSatisfy { Int($0) < count }, "a target outside \(count) sums")
        self.targets = targets
        self.count = count
    }

    /// Adds the first masses of `source`, as many as have targets, to `sums`.
    /// - Returns: what was added, and the masses that go nowhere.
    package func add(_ source: [Double], to sums: inout [Double]) -> (added: Double, lost: Double) {
        precondition(sums.count == count, "\(sums.count) sums, not \(count)")
        var lost = 0.0
        let taken = min(source.count, targets.count)
        let added = unsafe sums.withUnsafeMutableBufferPointer { sums in
            unsafe sums.baseAddress.map { unsafe ts_scatter_add(source, targets, taken, $0, &lost) } ?? 0
        }
        return (added, lost)
    }
}

/// Sums along links from one place of a row to another.
package struct LinkedSum: Sendable {
    private let sources: [Int32]
    private let targets: [Int32]
    private let count: Int

    /// - Parameter count: of the rows that links are in.
    package init(_ links: [(source: Int32, target: Int32)], count: Int) {
        precondition(
            links.allSatisfy { (0..<count).contains(Int($0.source)) && (0..<count).contains(Int($0.target)) },
            "a link outside rows of \(count)")
        sources = links.map(\.source)
        targets = links.map(\.target)
        self.count = count
    }

    /// sums[target] += row[source] for every link.
    package func add(_ row: [Double], to sums: inout [Double]) {
        precondition(row.count == count && sums.count == count, "rows of other lengths")
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            if let sums = sums.baseAddress { unsafe ts_add_along(row, sources, targets, sources.count, sums) }
        }
    }

    /// sums[source] += times · row[target] · factors[source] for every link.
    package func addBack(_ row: [Double], scaledBy factors: [Double], times: Double, to sums: inout [Double]) {
        precondition(row.count == count && factors.count == count && sums.count == count, "rows of other lengths")
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            if let sums = sums.baseAddress {
                unsafe ts_add_along_scaled(row, targets, sources, sources.count, times, factors, sums)
            }
        }
    }
}
