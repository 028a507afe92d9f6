internal import Foundation

/// Points of the simplex on a plane: three members span a triangle, more are projected on the two directions in which the
/// given points spread most (principal components).
struct SimplexView {
    /// Whether corners of the triangle are the members.
    let isTernary: Bool
    /// Share of the spread that the two directions hold; 1 for a triangle.
    let explained: (first: Double, second: Double)
    private let mean: [Double]
    private let directions: [[Double]]

    /// - Precondition: points of one length, at least 2.
    init(_ points: [[Double]]) {
        let count = points.first?.count ?? 2
        let isTernary = count == 3
        self.isTernary = isTernary
        let mean = (0..<count).map { index in
            isTernary ? 0 : points.reduce(0) { $0 + $1[index] } / Double(max(1, points.count))
        }
        self.mean = mean
        if isTernary {
            // Corners: first left, second right, third above.
            directions = [[0, 1, 0.5], [0, 0, 3.0.squareRoot() / 2]]
            explained = (1, 0)
            return
        }
        var covariance = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
        for point in points {
            for row in 0..<count {
                for column in 0..<count {
                    covariance[row][column] += (point[row] - mean[row]) * (point[column] - mean[column])
                }
            }
        }
        let total = (0..<count).reduce(0) { $0 + covariance[$1][$1] }
        let (first, firstSpread) = Self.largest(covariance)
        for row in 0..<count {
            for column in 0..<count { covariance[row][column] -= firstSpread * first[row] * first[column] }
        }
        let (second, secondSpread) = Self.largest(covariance)
        directions = [first, second]
        explained = total > 0 ? (firstSpread / total, max(0, secondSpread) / total) : (1, 0)
    }

    func place(_ point: [Double]) -> (x: Double, y: Double) {
        func along(_ direction: [Double]) -> Double {
            point.indices.reduce(0) { $0 + (point[$1] - mean[$1]) * direction[$1] }
        }
        return (along(directions[0]), along(directions[1]))
    }

    /// The eigenvector of the largest eigenvalue, by power iteration, its largest coordinate positive.
    private static func largest(_ matrix: [[Double]]) -> (vector: [Double], value: Double) {
        let count = matrix.count
        // Any start that no symmetric eigenvector is orthogonal to by construction.
        var vector = (0..<count).map { 1 / Double($0 + 2) }
        var value = 0.0
        for _ in 0..<500 {
            let next = matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
            let norm = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard norm > 1e-300 else { break }
            vector = next.map { $0 / norm }
            value = norm
        }
        let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let top = vector.max { abs($0) < abs($1) } ?? 1
        return (vector.map { $0 / norm * (top < 0 ? -1 : 1) }, value)
    }
}
