internal import Foundation
package import SwarmComposition
package import SwarmOptimizers

/// Which of a pool's dimensions a search varies, and between which values; nil leaves one as the recipe's pool has it.
///
/// A point of the search is the weights, then `temperature.NAME` for each member, `uncertainty`, `recency.share` and
/// `recency.rate`: those that are searched, in this order.
package struct SearchedDimensions: Sendable, Equatable, Codable {
    /// τ_m, within 1/4 … 4 and around 1.
    package var temperature: ClosedRange<Double>?
    /// β, around 0.
    package var uncertainty: ClosedRange<Double>?
    /// α, above 0 and up to 1; searched on a logarithmic scale.
    package var recencyShare: ClosedRange<Double>?
    /// η, around 1.
    package var recencyRate: ClosedRange<Double>?

    package static let temperatureRange = 0.5...2.0
    package static let uncertaintyRange = 0.0...2.0
    package static let recencyShareRange = 0.001...1.0
    package static let recencyRateRange = 0.0...2.0

    package init(
        temperature: ClosedRange<Double>? = nil, uncertainty: ClosedRange<Double>? = nil,
        recencyShare: ClosedRange<Double>? = nil, recencyRate: ClosedRange<Double>? = nil
    ) {
        self.temperature = temperature
        self.uncertainty = uncertainty
        self.recencyShare = recencyShare
        self.recencyRate = recencyRate
    }

    /// Whether weights are all there is to search.
    package var isEmpty: Bool { self == SearchedDimensions() }

    /// The temperatures a search tries, ascending: powers of 2^{1/8} in the range, 1 among them. On so fine a grid (a
    /// step is 9%) what normalises a member's tempered distribution is read exactly instead of interpolated, and a
    /// member loses at most some 5·10⁻⁴ nats a token against its best temperature.
    package var temperatureGrid: [Double] {
        guard let temperature else { return [] }
        let low = Int((8 * log2(temperature.lowerBound) - 1e-9).rounded(.up))
        let high = Int((8 * log2(temperature.upperBound) + 1e-9).rounded(.down))
        return (min(low, 0)...max(high, 0)).map { $0 == 0 ? 1 : exp2(Double($0) / 8) }
    }

    /// What members must be read for: the grid and the fixed temperatures of `pool`, ascending, without 1.
    package func temperaturesToRead(_ pool: PoolSettings) -> [Double] {
        Set(temperatureGrid + pool.dimensions.temperaturesToRead).subtracting([1]).sorted()
    }

    /// What a search varies besides the weights of `members`.
    package func scalars(members: [String]) -> [SearchSpace.Scalar] {
        func scalar(
            _ name: String, _ range: ClosedRange<Double>, neutral: Double, _ scale: SearchSpace.Scalar.Scale
        ) -> SearchSpace.Scalar {
            SearchSpace.Scalar(
                name: name, neutral: neutral, lower: range.lowerBound, upper: range.upperBound, scale: scale)
        }
        var scalars: [SearchSpace.Scalar] = []
        if let temperature {
            scalars += members.map { scalar("temperature.\($0)", temperature, neutral: 1, .logarithmic) }
        }
        if let uncertainty { scalars.append(scalar("uncertainty", uncertainty, neutral: 0, .linear)) }
        if let recencyShare { scalars.append(scalar("recency.share", recencyShare, neutral: 1, .logarithmic)) }
        if let recencyRate { scalars.append(scalar("recency.rate", recencyRate, neutral: 1, .linear)) }
        return scalars
    }

    /// What a point of the search stands for: its temperatures on the grid, what is not searched as `base` has it.
    package func mixing(of point: [Double], members: Int, base: PoolDimensions) -> Mixing {
        var dimensions = base
        var rest = point.dropFirst(members)
        if temperature != nil, rest.count >= members {
            let grid = temperatureGrid
            dimensions.temperatures = rest.prefix(members).map { value in
                grid.min { abs(log(value / $0)) < abs(log(value / $1)) } ?? 1
            }
            rest = rest.dropFirst(members)
        }
        if uncertainty != nil { dimensions.uncertainty = rest.popFirst() ?? base.uncertainty }
        if recencyShare != nil { dimensions.recencyShare = rest.popFirst() ?? base.recencyShare }
        if recencyRate != nil { dimensions.recencyRate = rest.popFirst() ?? base.recencyRate }
        return Mixing(weights: Array(point.prefix(members)), dimensions: dimensions)
    }
}
