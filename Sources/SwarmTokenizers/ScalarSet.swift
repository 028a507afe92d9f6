/// A set of Unicode scalars as ascending ranges; asking takes the logarithm of their number.
struct ScalarSet: Sendable {
    private let ranges: [ClosedRange<UInt32>]

    /// - Parameter ranges: ascending, without overlap.
    init(_ ranges: [ClosedRange<UInt32>]) {
        self.ranges = ranges
    }

    func contains(_ scalar: UInt32) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(scalar)
    }
}
