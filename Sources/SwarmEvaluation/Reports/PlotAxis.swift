internal import Foundation

/// One axis of a plot: what it spans and where its ticks are.
struct PlotAxis {
    let title: String
    let low: Double
    let high: Double
    let ticks: [Double]
    /// Decimals that tell neighbouring ticks apart.
    private let decimals: Int

    /// Spans `values` and a little more; ticks are 1, 2 or 5 times a power of ten.
    init(_ title: String, spanning values: some Sequence<Double>, tickCount: Int = 5) {
        self.title = title
        let finite = values.filter(\.isFinite)
        var low = finite.min() ?? 0
        var high = finite.max() ?? 1
        if high - low < 1e-9 * max(1, abs(low)) {
            let room = max(abs(low) * 0.05, 1e-3)
            low -= room
            high += room
        }
        let margin = (high - low) * 0.06
        (self.low, self.high) = (low - margin, high + margin)
        let raw = (self.high - self.low) / Double(max(1, tickCount))
        let power = pow(10, floor(log10(raw)))
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= raw * 0.999 } ?? raw
        decimals = max(0, Int(-floor(log10(step) + 1e-9)))
        let first = Int((self.low / step).rounded(.up))
        let last = Int((self.high / step).rounded(.down))
        ticks = first <= last ? (first...last).map { Double($0) * step } : []
    }

    func label(_ tick: Double) -> String {
        let text = String(format: "%.\(decimals)f", tick)
        return text.allSatisfy { "-0.".contains($0) } ? String(text.drop { $0 == "-" }) : text
    }

    /// Where `value` lies between the ends, 0 to 1.
    func share(_ value: Double) -> Double { (value - low) / (high - low) }
}
