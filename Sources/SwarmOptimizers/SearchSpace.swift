internal import Foundation

/// What a search varies: one weight a member, then bounded scalars (temperatures, gates, rates).
///
/// A *point* is what an optimizer asks for and a utility scores: the weights, then the scalars in their own units. A
/// *coordinate vector* of the same length is where optimizers move: the weights themselves (`simplex`, `affine`) or
/// their logits (`softmax`), then every scalar as the share of its range, 0 at the lower bound and 1 at the upper.
///
///     [ w_1 … w_M | s_1 … s_S ]
package struct SearchSpace: Codable, Sendable, Equatable {
    /// Where weights may go.
    package enum Constraint: String, Codable, Sendable, CaseIterable {
        /// Non-negative weights that sum to 1; what leaves them is projected back (Euclidean).
        case simplex
        /// Weights that sum to 1 and may be negative. Nothing is projected.
        case affine
        /// Logits move freely; the weights are their softmax.
        case softmax
    }

    /// One more dimension: a number that changes nothing at its neutral value.
    package struct Scalar: Codable, Sendable, Equatable {
        package enum Scale: String, Codable, Sendable, CaseIterable {
            /// The coordinate is (s − lower) / (upper − lower).
            case linear
            /// The coordinate is log(s / lower) / log(upper / lower).
            case logarithmic
        }

        /// For example `beta` or `temperature.almanac`; unique in its space.
        package let name: String
        /// The value without effect.
        package let neutral: Double
        package let lower: Double
        package let upper: Double
        package let scale: Scale

        /// - Precondition: finite bounds, `lower` < `upper`, `neutral` between them, and `lower` > 0 for a logarithm.
        package init(name: String, neutral: Double, lower: Double, upper: Double, scale: Scale = .linear) {
            precondition(
                lower < upper && lower.isFinite && upper.isFinite, "\(name): no range from \(lower) to \(upper)")
            precondition(lower <= neutral && neutral <= upper, "\(name): \(neutral) outside \(lower) … \(upper)")
            precondition(scale == .linear || lower > 0, "\(name): a logarithmic scale from \(lower)")
            self.name = name
            self.neutral = neutral
            self.lower = lower
            self.upper = upper
            self.scale = scale
        }

        /// The coordinate of `value`, in [0, 1] for a value within the bounds.
        package func coordinate(of value: Double) -> Double {
            switch scale {
            case .linear: (value - lower) / (upper - lower)
            case .logarithmic: log(value / lower) / log(upper / lower)
            }
        }

        /// The value at `coordinate`, which is clamped to [0, 1]. The bounds and the neutral value come back bit for bit.
        package func value(at coordinate: Double) -> Double {
            if coordinate == self.coordinate(of: neutral) { return neutral }
            if coordinate <= 0 { return lower }
            if coordinate >= 1 { return upper }
            let value =
                switch scale {
                case .linear: lower + coordinate * (upper - lower)
                case .logarithmic: lower * exp(coordinate * log(upper / lower))
                }
            return min(max(value, lower), upper)
        }
    }

    /// M, the length of the weights.
    package let members: Int
    package let constraint: Constraint
    package let scalars: [Scalar]

    /// The logit of a member's own corner under `softmax`: its weight there is above 0.999 for up to three members and
    /// the gradient has not vanished.
    static let softmaxCorner = 8.0

    /// - Precondition: at least one member, names of scalars unique.
    package init(members: Int, constraint: Constraint = .simplex, scalars: [Scalar] = []) {
        precondition(members >= 1, "a search needs at least one member")
        precondition(Set(scalars.map(\.name)).count == scalars.count, "scalars of one name")
        self.members = members
        self.constraint = constraint
        self.scalars = scalars
    }

    /// M + S, the length of a point.
    package var count: Int { members + scalars.count }

    /// Whether there is nothing to search: one member and no scalars.
    package var isSinglePoint: Bool { count == 1 }

    /// The scalars' neutral values.
    package var neutral: [Double] { scalars.map(\.neutral) }

    /// The weights of a point, whose first M numbers they are.
    package func weights(of point: [Double]) -> [Double] { Array(point.prefix(members)) }

    /// The scalar called `name` of a point; nil when this space does not search it, that is, when it is neutral.
    package func value(of name: String, in point: [Double]) -> Double? {
        scalars.firstIndex { $0.name == name }.map { point[members + $0] }
    }

    /// Where every search begins, in points: member m alone with neutral scalars, bit for bit.
    package func corner(_ member: Int) -> [Double] { Simplex.vertex(member, count: members) + neutral }

    /// Equal weights, neutral scalars, as a point.
    package var centre: [Double] { Simplex.uniform(count: members) + neutral }

    /// A random point: uniform weights of the simplex (Dirichlet with concentration 1); each scalar neutral with
    /// probability ½, else uniform over its coordinate.
    package func randomPoint(_ random: inout CounterRandom) -> [Double] {
        let weights = random.dirichlet(count: members)
        return weights
            + scalars.map { scalar in
                // Two draws whatever comes out, so that scalars do not shift each other's numbers.
                let (isNeutral, coordinate) = (random.uniform() < 0.5, random.uniform())
                return isNeutral ? scalar.neutral : scalar.value(at: coordinate)
            }
    }

    /// The point at `coordinates`, projected first.
    package func point(at coordinates: [Double]) -> [Double] { point(inside: project(coordinates)) }

    /// The point at coordinates that `project` gave.
    func point(inside coordinates: [Double]) -> [Double] {
        let first = Array(coordinates.prefix(members))
        let weights = constraint == .softmax ? Simplex.softmax(first) : first
        return weights + scalars.enumerated().map { index, scalar in scalar.value(at: coordinates[members + index]) }
    }

    /// The coordinates of `point`. Under `softmax` logits, a weight below e^{−2·8} counting as that.
    package func coordinates(of point: [Double]) -> [Double] {
        let first = point.prefix(members)
        let weights: [Double]
        if constraint == .softmax {
            let floor = exp(-2 * Self.softmaxCorner)
            weights = first.map { log(max($0, floor)) }
        } else {
            weights = Array(first)
        }
        return weights + scalars.enumerated().map { index, scalar in scalar.coordinate(of: point[members + index]) }
    }

    /// The coordinates of `corner(member)`; under `softmax` the logit 8 for the member and 0 for the others.
    package func cornerCoordinates(_ member: Int) -> [Double] {
        let scale = constraint == .softmax ? Self.softmaxCorner : 1
        return Simplex.vertex(member, count: members).map { $0 * scale }
            + scalars.map { $0.coordinate(of: $0.neutral) }
    }

    /// The nearest coordinates that stand for a point: weights projected onto the simplex where that is the constraint,
    /// scalars clamped to [0, 1]. Corners and whatever sums to exactly 1 stay bit for bit.
    package func project(_ coordinates: [Double]) -> [Double] {
        let weights = Array(coordinates.prefix(members))
        return (constraint == .simplex ? Simplex.project(weights) : weights)
            + coordinates.dropFirst(members).map { min(max($0, 0), 1) }
    }
}
