/// The method of Nelder and Mead (1965) in plain coordinates, asked and told: a simplex of n + 1 points that reflects,
/// expands, contracts and shrinks. Its four parameters grow with n (Gao and Han 2012): reflection 1, expansion 1 + 2/n,
/// contraction ¾ − 1/(2n), shrinkage 1 − 1/n. It maximises.
package struct DownhillSimplex: Codable, Sendable, Equatable {
    private enum Phase: String, Codable {
        case start
        case reflect
        case expand
        case contractOutside
        case contractInside
        case shrink
    }

    /// Best first once the start is known; [n + 1][n].
    package private(set) var vertices: [Evaluation]
    private var phase = Phase.start
    /// The reflected point while it is being improved on.
    private var reflected: Evaluation?

    /// - Precondition: n + 1 points of n numbers, n ≥ 1.
    package init(simplex: [[Double]]) {
        precondition(simplex.count >= 2 && simplex.allSatisfy { $0.count == simplex.count - 1 }, "no simplex")
        vertices = simplex.map { Evaluation(position: $0, utility: -.infinity) }
    }

    private var dimensions: Double { Double(max(2, vertices.count - 1)) }
    private var expansion: Double { 1 + 2 / dimensions }
    private var contraction: Double { 0.75 - 1 / (2 * dimensions) }
    private var shrinkage: Double { 1 - 1 / dimensions }

    /// The points to evaluate next: all of them at the start, all but the best to shrink, else one.
    package func ask() -> [[Double]] {
        switch phase {
        case .start: vertices.map(\.position)
        case .reflect: [along(1)]
        case .expand: [along(expansion)]
        case .contractOutside: [along(contraction)]
        case .contractInside: [along(-contraction)]
        case .shrink:
            vertices.dropFirst().map { vertex in
                zip(vertices[0].position, vertex.position).map { $0 + shrinkage * ($1 - $0) }
            }
        }
    }

    /// The point (1 + t) c − t x_worst, c being the centre of all but the worst.
    private func along(_ t: Double) -> [Double] {
        let others = vertices.dropLast()
        let worst = vertices[vertices.count - 1].position
        return worst.indices.map { d in
            let centre = others.reduce(0) { $0 + $1.position[d] } / Double(others.count)
            return (1 + t) * centre - t * worst[d]
        }
    }

    /// Learns the utilities of `points`, which stand for what `ask` gave and may have been moved.
    package mutating func tell(_ points: [[Double]], _ utilities: [Double]) {
        let told = zip(points, utilities).map { Evaluation(position: $0, utility: $1) }
        switch phase {
        case .start:
            vertices = told
            settle()
        case .shrink:
            vertices = [vertices[0]] + told
            settle()
        case .reflect:
            let secondWorst = vertices[vertices.count - 2].utility
            if told[0].utility > vertices[0].utility {
                (phase, reflected) = (.expand, told[0])
            } else if told[0].utility > secondWorst {
                replaceWorst(told[0])
            } else {
                let isBetter = told[0].utility > vertices[vertices.count - 1].utility
                (phase, reflected) = (isBetter ? .contractOutside : .contractInside, told[0])
            }
        case .expand:
            guard let reflected else { return }
            replaceWorst(told[0].utility > reflected.utility ? told[0] : reflected)
        case .contractOutside:
            guard let reflected else { return }
            told[0].utility >= reflected.utility ? replaceWorst(told[0]) : (phase = .shrink)
        case .contractInside:
            told[0].utility > vertices[vertices.count - 1].utility ? replaceWorst(told[0]) : (phase = .shrink)
        }
    }

    private mutating func replaceWorst(_ vertex: Evaluation) {
        vertices[vertices.count - 1] = vertex
        settle()
    }

    /// Sorts, equal vertices in their order, and goes on with a reflection.
    private mutating func settle() {
        let order = vertices.indices.sorted { (-vertices[$0].utility, $0) < (-vertices[$1].utility, $1) }
        vertices = order.map { vertices[$0] }
        (phase, reflected) = (.reflect, nil)
    }

    /// The longest edge from the best vertex, in the largest coordinate.
    package var size: Double {
        vertices.dropFirst().reduce(0) { longest, vertex in
            zip(vertex.position, vertices[0].position).reduce(longest) { max($0, abs($1.0 - $1.1)) }
        }
    }

    /// Whether all utilities are known.
    package var isSettled: Bool { phase == .reflect }
}
