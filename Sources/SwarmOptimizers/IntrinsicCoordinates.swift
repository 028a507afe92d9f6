/// A search space without its redundant direction: n = M − 1 + S numbers.
///
/// Weights sum to 1 (logits may be shifted by a constant), so one direction of M carries nothing, and an estimate of a
/// covariance or a simplex of n + 1 vertices needs it gone. The rest is seen in the orthonormal Helmert basis
/// b_k = (1, …, 1, −k, 0, …, 0) / √(k(k+1)), k = 1 … M − 1, around the centre. Units are chosen so that a step of 1 is
/// a standard deviation of a uniform point: 1/√(M(M+1)) for weights, π/√6 for logits, ¼ of a scalar's range.
struct IntrinsicCoordinates {
    let space: SearchSpace
    private let centre: [Double]
    private let weightUnit: Double
    private let scalarUnit = 0.25

    init(space: SearchSpace) {
        self.space = space
        let members = Double(space.members)
        weightUnit =
            space.constraint == .softmax ? Double.pi / 6.0.squareRoot() : 1 / (members * (members + 1)).squareRoot()
        let weight = space.constraint == .softmax ? 0 : 1 / members
        centre = [Double](repeating: weight, count: space.members)
    }

    /// n
    var count: Int { space.count - 1 }

    /// The coordinates of the space at `z`, not projected.
    func coordinates(at z: [Double]) -> [Double] {
        var x = centre
        for k in 1..<max(1, space.members) {
            let norm = Double(k * (k + 1)).squareRoot()
            let step = weightUnit * z[k - 1] / norm
            for m in 0..<k { x[m] += step }
            x[k] -= Double(k) * step
        }
        return x + z.dropFirst(space.members - 1).map { $0 * scalarUnit }
    }

    /// What `coordinates` undoes.
    func reduce(_ x: [Double]) -> [Double] {
        var z: [Double] = []
        var sum = 0.0
        for k in 1..<max(1, space.members) {
            sum += x[k - 1] - centre[k - 1]
            let norm = Double(k * (k + 1)).squareRoot()
            z.append((sum - Double(k) * (x[k] - centre[k])) / (norm * weightUnit))
        }
        return z + x.dropFirst(space.members).map { $0 / scalarUnit }
    }

    /// The nearest z that stands for a point.
    func project(_ z: [Double]) -> [Double] {
        let x = coordinates(at: z)
        let inside = space.project(x)
        return inside == x ? z : reduce(inside)
    }

    /// The point at `z`.
    func point(at z: [Double]) -> [Double] { space.point(at: coordinates(at: z)) }

    /// The z of `point`.
    func reduce(point: [Double]) -> [Double] { reduce(space.coordinates(of: point)) }
}
