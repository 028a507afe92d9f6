import Testing

import SwarmOptimizers

/// Against pycma's defaults and `cma.purecma`'s updates.
@Suite struct EvolutionStrategyTests {
    private struct Reference: Decodable {
        let n: Int
        let lambda: Int
        let mueff: Double
        let cs: Double
        let damps: Double
        let cc: Double
        let c1: Double
        let cmu: Double
        let weights: [Double]
        let chi: Double
    }

    private struct Run: Decodable {
        struct Step: Decodable {
            let ranked: [[Double]]
            let mean: [Double]
            let sigma: Double
            let covariance: [Double]
            let sigma_path: [Double]
            let covariance_path: [Double]
        }

        let mean: [Double]
        let sigma: Double
        let lambda: Int
        let steps: [Step]
    }

    @Test func defaultParameters() throws {
        let references = try golden("cma_parameters.json", as: [Reference].self)
        #expect(references.count == 7)
        for reference in references {
            let found = EvolutionStrategy.Parameters(dimensions: reference.n, lambda: reference.lambda)
            if reference.n != 7 {
                #expect(EvolutionStrategy.Parameters.defaultLambda(reference.n) == reference.lambda)
            }
            #expect(isClose(found.weights, reference.weights, 1e-12), "n = \(reference.n)")
            let (numbers, expected) = (
                [found.muEffective, found.cSigma, found.dSigma, found.cC, found.c1, found.cMu, found.expectedNorm],
                [
                    reference.mueff, reference.cs, reference.damps, reference.cc, reference.c1, reference.cmu,
                    reference.chi,
                ]
            )
            #expect(isClose(numbers, expected, 1e-12), "n = \(reference.n)")
        }
    }

    @Test func updatesAsTheReference() throws {
        for run in try golden("cma_updates.json", as: [Run].self) {
            var strategy = EvolutionStrategy(mean: run.mean, sigma: run.sigma, lambda: run.lambda)
            for step in run.steps {
                strategy.update(ranked: step.ranked)
                #expect(isClose(strategy.mean, step.mean, 1e-10))
                #expect(isClose([strategy.sigma], [step.sigma], 1e-10))
                #expect(isClose(strategy.covariance, step.covariance, 1e-10))
                #expect(isClose(strategy.sigmaPath, step.sigma_path, 1e-10))
                #expect(isClose(strategy.covariancePath, step.covariance_path, 1e-10))
            }
        }
    }

    @Test func eigenvectorsOfASymmetricMatrix() {
        for n in 1...7 {
            var random = CounterRandom(seed: 1, stream: .user, iteration: n)
            let root = (0..<n * n).map { _ in random.normal() }
            var matrix = [Double](repeating: 0, count: n * n)
            for i in 0..<n {
                for j in 0..<n { for k in 0..<n { matrix[i * n + j] += root[i * n + k] * root[j * n + k] } }
            }
            let eigen = SymmetricEigen(matrix, count: n)
            for i in 0..<n {
                for j in 0..<n {
                    var (rebuilt, product) = (0.0, 0.0)
                    for k in 0..<n {
                        rebuilt += eigen.vectors[i * n + k] * eigen.values[k] * eigen.vectors[j * n + k]
                        product += eigen.vectors[k * n + i] * eigen.vectors[k * n + j]
                    }
                    #expect(abs(rebuilt - matrix[i * n + j]) < 1e-12 * Double(n * 10))
                    #expect(abs(product - (i == j ? 1 : 0)) < 1e-13)
                }
            }
        }
    }

    @Test func solvesRosenbrockUnconstrained() {
        var strategy = EvolutionStrategy(mean: [0, 0, 0, 0], sigma: 0.5)
        var generation = 0
        while strategy.spread.largest > 1e-10, generation < 1_000 {
            let points = strategy.sample(seed: 3, stream: generation)
            strategy.update(ranked: points.sorted { negativeRosenbrock($0) > negativeRosenbrock($1) })
            generation += 1
        }
        // The reference takes about 200 generations of 8 samples.
        #expect(generation < 400 && isClose(strategy.mean, [1, 1, 1, 1], 1e-8))
    }
}
