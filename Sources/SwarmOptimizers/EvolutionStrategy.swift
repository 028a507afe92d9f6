internal import Foundation

/// The update of the covariance matrix adaptation evolution strategy (Hansen 2016, "The CMA Evolution Strategy: A
/// Tutorial", arXiv 1604.00772), in plain coordinates: where to sample, and what a ranked sample teaches.
///
///     x_k = m + σ B D z_k,  C = B D² Bᵀ,  z_k ~ N(0, I)
///     m ← m + Σ_{i ≤ μ} w_i (x_{i:λ} − m)
///     p_σ ← (1 − c_σ) p_σ + √(c_σ(2 − c_σ) μ_eff) C^{−½} Δm/σ
///     p_c ← (1 − c_c) p_c + h_σ √(c_c(2 − c_c) μ_eff) Δm/σ
///     C ← (1 + c_1 δ − c_1 − c_μ Σ w_i) C + c_1 p_c p_cᵀ + c_μ Σ w_i° y_{i:λ} y_{i:λ}ᵀ
///     σ ← σ exp((c_σ/d_σ)(‖p_σ‖/E‖N(0,I)‖ − 1))
///
/// with negative weights for the worse half (w° rescales them so that C stays positive definite).
package struct EvolutionStrategy: Codable, Sendable, Equatable {
    /// The tutorial's default parameters (its table 1) for n dimensions and λ samples.
    package struct Parameters: Sendable, Equatable {
        /// n
        package let dimensions: Int
        /// λ, samples a generation.
        package let lambda: Int
        /// λ of them; the first μ are positive and sum to 1.
        package let weights: [Double]
        /// μ, how many weights are positive.
        package let mu: Int
        /// μ_eff of the positive weights.
        package let muEffective: Double
        /// c_σ, d_σ, c_c, c_1 and c_μ of the update.
        package let cSigma: Double
        package let dSigma: Double
        package let cC: Double
        package let c1: Double
        package let cMu: Double
        /// E‖N(0, I)‖
        package let expectedNorm: Double

        /// λ = 4 + ⌊3 ln n⌋
        package static func defaultLambda(_ n: Int) -> Int { 4 + Int(3 * log(Double(n))) }

        /// - Precondition: n ≥ 1, λ ≥ 3.
        package init(dimensions n: Int, lambda: Int) {
            let size = Double(n)
            let raw = (1...lambda).map { log((Double(lambda) + 1) / 2) - log(Double($0)) }
            let positive = raw.filter { $0 > 0 }
            let negative = raw.filter { $0 < 0 }
            func effective(_ weights: [Double]) -> Double {
                let sum = weights.reduce(0, +)
                let squares = weights.reduce(0) { $0 + $1 * $1 }
                return squares > 0 ? sum * sum / squares : 0
            }
            let muEffective = effective(positive)
            let c1 = 2 / ((size + 1.3) * (size + 1.3) + muEffective)
            let cMu = min(
                1 - c1, 2 * (0.25 + muEffective + 1 / muEffective - 2) / ((size + 2) * (size + 2) + muEffective))
            // How much the negative weights may sum to.
            let bounds = [
                1 + c1 / cMu, 1 + 2 * effective(negative) / (muEffective + 2), (1 - c1 - cMu) / (size * cMu),
            ]
            let negativeSum = bounds.min() ?? 0
            let up = positive.reduce(0, +)
            let down = -negative.reduce(0, +)
            dimensions = n
            self.lambda = lambda
            weights = raw.map { $0 >= 0 ? $0 / up : (down > 0 ? $0 * negativeSum / down : 0) }
            mu = positive.count
            self.muEffective = muEffective
            cSigma = (muEffective + 2) / (size + muEffective + 5)
            dSigma = 1 + 2 * max(0, ((muEffective - 1) / (size + 1)).squareRoot() - 1) + cSigma
            cC = (4 + muEffective / size) / (size + 4 + 2 * muEffective / size)
            self.c1 = c1
            self.cMu = cMu
            expectedNorm = size.squareRoot() * (1 - 1 / (4 * size) + 1 / (21 * size * size))
        }
    }

    /// λ, samples a generation.
    package let lambda: Int
    /// m [n].
    package private(set) var mean: [Double]
    /// σ
    package private(set) var sigma: Double
    /// C [n × n].
    package private(set) var covariance: [Double]
    /// p_σ and p_c [n].
    package private(set) var sigmaPath: [Double]
    package private(set) var covariancePath: [Double]
    /// Updates so far.
    package private(set) var generation = 0

    /// - Precondition: at least one dimension; λ ≥ 3.
    package init(mean: [Double], sigma: Double, lambda: Int? = nil) {
        let n = mean.count
        precondition(n >= 1, "an evolution strategy needs at least one dimension")
        self.lambda = max(3, lambda ?? Parameters.defaultLambda(n))
        self.mean = mean
        self.sigma = sigma
        covariance = (0..<n * n).map { $0 % (n + 1) == 0 ? 1 : 0 }
        sigmaPath = [Double](repeating: 0, count: n)
        covariancePath = [Double](repeating: 0, count: n)
    }

    /// The samples of this generation; normal numbers come from (seed, generation, sample).
    package func sample(seed: UInt64, stream: Int) -> [[Double]] {
        let n = mean.count
        let eigen = SymmetricEigen(covariance, count: n)
        let scales = eigen.values.map { max($0, 0).squareRoot() }
        return (0..<lambda).map { k in
            var random = CounterRandom(seed: seed, stream: .evolution, iteration: stream, particle: k)
            let z = scales.map { $0 * random.normal() }
            return (0..<n).map { i in
                var sum = 0.0
                for j in 0..<n { sum += eigen.vectors[i * n + j] * z[j] }
                return mean[i] + sigma * sum
            }
        }
    }

    /// Learns from λ points, the best first. Points may have been moved since they were sampled.
    package mutating func update(ranked points: [[Double]]) {
        let n = mean.count
        let p = Parameters(dimensions: n, lambda: lambda)
        let eigen = SymmetricEigen(covariance, count: n)
        let steps = points.map { point in zip(point, mean).map { ($0 - $1) / sigma } }
        var shift = [Double](repeating: 0, count: n)
        for i in 0..<p.mu { for d in 0..<n { shift[d] += p.weights[i] * steps[i][d] } }
        for d in 0..<n { mean[d] += sigma * shift[d] }
        generation += 1

        let whitened = Self.inverseRoot(eigen, times: shift)
        let gain = (p.cSigma * (2 - p.cSigma) * p.muEffective).squareRoot()
        for d in 0..<n { sigmaPath[d] = (1 - p.cSigma) * sigmaPath[d] + gain * whitened[d] }
        let norm = sigmaPath.reduce(0) { $0 + $1 * $1 }.squareRoot()
        // Paths that are still short of their stationary length must not stall the other one.
        let settled = (1 - pow(1 - p.cSigma, 2 * Double(generation))).squareRoot()
        let moves = norm / settled < (1.4 + 2 / (Double(n) + 1)) * p.expectedNorm
        let pathGain = moves ? (p.cC * (2 - p.cC) * p.muEffective).squareRoot() : 0
        for d in 0..<n { covariancePath[d] = (1 - p.cC) * covariancePath[d] + pathGain * shift[d] }

        let scales = zip(p.weights, steps).map { weight, step in
            guard weight < 0 else { return weight }
            let length = Self.inverseRoot(eigen, times: step).reduce(0) { $0 + $1 * $1 }
            return length > 0 ? weight * Double(n) / length : 0
        }
        let kept =
            1 + (moves ? 0 : p.c1 * p.cC * (2 - p.cC)) - p.c1 - p.cMu * p.weights.reduce(0, +)
        for i in 0..<n {
            for j in 0...i {
                var rankMu = 0.0
                for (scale, step) in zip(scales, steps) { rankMu += scale * step[i] * step[j] }
                let value =
                    kept * covariance[i * n + j] + p.c1 * covariancePath[i] * covariancePath[j] + p.cMu * rankMu
                covariance[i * n + j] = value
                covariance[j * n + i] = value
            }
        }
        // A limit on one step's growth, as in the reference program: a jump of e is plenty.
        sigma *= exp(min(1, (p.cSigma / p.dSigma) * (norm / p.expectedNorm - 1)))
    }

    /// C^{−½} v
    private static func inverseRoot(_ eigen: SymmetricEigen, times v: [Double]) -> [Double] {
        let n = v.count
        var projected = [Double](repeating: 0, count: n)
        for k in 0..<n {
            for i in 0..<n { projected[k] += eigen.vectors[i * n + k] * v[i] }
            projected[k] /= max(eigen.values[k], 1e-300).squareRoot()
        }
        return (0..<n).map { i in
            var sum = 0.0
            for k in 0..<n { sum += eigen.vectors[i * n + k] * projected[k] }
            return sum
        }
    }

    /// Standard deviations along the axes of the ellipsoid: the smallest and the largest.
    package var spread: (smallest: Double, largest: Double) {
        let values = SymmetricEigen(covariance, count: mean.count).values.map { max($0, 0).squareRoot() * sigma }
        return (values.min() ?? 0, values.max() ?? 0)
    }
}
