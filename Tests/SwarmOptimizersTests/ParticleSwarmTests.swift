import SwarmOptimizers
import Testing

@Suite struct ParticleSwarmTests {
    @Test func startsWithTheMembersThenTheirChildren() {
        let swarm = ParticleSwarm(members: 4, seed: 1)
        let points = swarm.ask()
        #expect(points.count == 20)
        for m in 0..<4 { #expect(points[m] == Simplex.vertex(m, count: 4)) }
        for child in points[4...] {
            #expect(child.filter { $0 > 0 && $0 < 1 }.count == 2)
            #expect(abs(child.reduce(0, +) - 1) < 1e-15)
        }
        #expect(swarm.ask() == points)
        let few = ParticleSwarm(members: 4, settings: SwarmSettings(particles: 2), seed: 1)
        #expect(few.ask().count == 4)
    }

    @Test func affineKeepsTheSumOverTwoHundredIterations() {
        let settings = SwarmSettings(
            iterations: 200, repulsion: 0.2, patience: 1_000, restartPatience: 7)
        var swarm = ParticleSwarm(members: 6, constraint: .affine, settings: settings, seed: 2)
        var told = 0
        var outside = false
        while true {
            let points = swarm.ask()
            if points.isEmpty { break }
            for point in points {
                #expect(abs(point.reduce(0, +) - 1) < 1e-12)
                outside = outside || point.contains { $0 < 0 }
            }
            // An optimum outside the simplex.
            swarm.tell(points.map { -squaredDistance($0, [1.5, -0.7, 0.1, 0.1, 0, 0]) })
            told += 1
        }
        #expect(told == 201 && swarm.evaluations == 201 * 20)
        #expect(outside, "the affine constraint must allow negative weights")
    }

    @Test(arguments: [SearchSpace.Constraint.simplex, .softmax]) func pointsStayOnTheSimplex(
        constraint: SearchSpace.Constraint
    ) {
        var swarm = ParticleSwarm(
            members: 5, constraint: constraint, settings: SwarmSettings(repulsion: 0.5), seed: 3)
        while true {
            let points = swarm.ask()
            if points.isEmpty { break }
            for point in points {
                #expect(point.allSatisfy { $0 >= 0 } && abs(point.reduce(0, +) - 1) < 1e-12)
            }
            swarm.tell(points.map { -($0[0] - 0.4) * ($0[0] - 0.4) - $0[4] })
        }
    }

    @Test func oneMoveFollowsTheFormula() {
        // Two particles with r = 1: everything of the first move is known but the tie between best and worst.
        let settings = SwarmSettings(particles: 2, deterministic: true)
        var swarm = ParticleSwarm(members: 2, constraint: .affine, settings: settings, seed: 4)
        _ = swarm.ask()
        swarm.tell([1, 0])
        let c = 0.2 + 0.3 + 0.4 + 0.05
        // x0 = (1,0) = p0 = g; v0 = x1 − x0 = (−1, 1); g_w = (0,1).
        let v0 = (0.2 * -1 - 0.05 * -1) / c
        // x1 = (0,1) = p1 = g_w; v1 = (1, −1); g = (1,0).
        let v1 = (0.2 * 1 + 0.4 * 1) / c
        let moved = swarm.ask()
        #expect(abs(moved[0][0] - (1 + 0.8 * v0)) < 1e-15 && abs(moved[0][1] + 0.8 * v0) < 1e-15)
        #expect(abs(moved[1][0] - 0.8 * v1) < 1e-15 && abs(moved[1][1] - (1 - 0.8 * v1)) < 1e-15)
        #expect(swarm.stepLength == 0.8 * 0.95)
    }

    @Test func stepLengthDecaysToItsMinimum() {
        var swarm = ParticleSwarm(members: 2, settings: SwarmSettings(patience: 1_000), seed: 5)
        while true {
            let points = swarm.ask()
            if points.isEmpty { break }
            swarm.tell(points.map { $0[0] })
        }
        #expect(swarm.stepLength == 0.1)
    }

    @Test func stopsAfterPatienceAndAtTheLimit() {
        var flat = ParticleSwarm(members: 3, seed: 6)
        run(&flat) { _ in 0 }
        // Equal utilities are no improvement: iteration 0 and ten more.
        #expect(flat.iteration == 10 && flat.evaluations == 20 * 11 && flat.isFinished && flat.ask().isEmpty)
        var rising = ParticleSwarm(members: 3, settings: SwarmSettings(iterations: 17), seed: 6)
        var calls = 0.0
        run(&rising) { _ in
            calls += 1
            return calls
        }
        #expect(rising.iteration == 17 && rising.evaluations == 20 * 18 && calls == 360)
    }

    @Test func aParticleRestartsAtItsBest() {
        // Only iteration 0 is ever good; after c_r = 3 moves without a personal best, a particle is back at its own
        // best with no velocity. With φ_g = φ_w = 0 nothing pulls it away: it stays there.
        let settings = SwarmSettings(
            social: 0, repulsion: 0, patience: 100, restartPatience: 3, deterministic: true)
        var swarm = ParticleSwarm(members: 3, constraint: .affine, settings: settings, seed: 7)
        let start = swarm.ask()
        swarm.tell(start.map { _ in 1 })
        for _ in 0..<3 {
            #expect(swarm.ask() != start)
            swarm.tell(start.map { _ in 0 })
        }
        #expect(swarm.ask() == start)
    }

    @Test func invalidPointsNeverWin() {
        var swarm = ParticleSwarm(members: 3, settings: SwarmSettings(iterations: 5), seed: 8)
        run(&swarm) { $0[1] > 0.5 ? .nan : $0[0] }
        #expect(swarm.best?.utility == 1 && swarm.best?.position == [1, 0, 0])
        var hopeless = ParticleSwarm(members: 3, settings: SwarmSettings(iterations: 5), seed: 8)
        run(&hopeless) { _ in .nan }
        #expect(hopeless.best?.utility == -.infinity)
    }

    @Test func oneMemberNeedsOneEvaluation() {
        var swarm = ParticleSwarm(members: 1, seed: 9)
        run(&swarm) { _ in 0.5 }
        #expect(swarm.evaluations == 1 && swarm.best?.position == [1])
    }

    @Test func resumesBitForBit() throws {
        let rows = simulatedMixture(members: 5, events: 60, seed: 10)
        for constraint in SearchSpace.Constraint.allCases {
            let settings = SwarmSettings(
                update: constraint == .affine ? .constriction : .published, iterations: 12)
            var straight = ParticleSwarm(members: 5, constraint: constraint, settings: settings, seed: 11)
            var resumed = straight
            while true {
                let points = straight.ask()
                // A search that was killed after `ask` is asked again.
                resumed = try roundTrip(resumed)
                _ = resumed.ask()
                resumed = try roundTrip(resumed)
                #expect(resumed.ask() == points)
                if points.isEmpty { break }
                let utilities = points.map { $0[2] > 0.9 ? -.infinity : meanLogLikelihood(rows, $0) }
                straight.tell(utilities)
                resumed.tell(utilities)
                #expect(resumed == straight)
            }
        }
    }

    /// The search's correctness test: within 0.1% of the log-likelihood of the convex optimum. The published settings
    /// reach it for two members; above that the swarm needs to be scattered when it stalls, and more moves.
    @Test(arguments: 2...8) func reachesTheConvexOptimum(members: Int) {
        let patient = SwarmSettings(particles: 40, iterations: 400, scatters: 100)
        for seed in UInt64(1)...5 {
            let rows = simulatedMixture(members: members, events: 200, seed: seed)
            let optimum = ExpectationMaximization.fit(logLikelihoods: rows)
            let oneHot = (0..<members).map { meanLogLikelihood(rows, Simplex.vertex($0, count: members)) }.max() ?? 0
            #expect(optimum.converged)
            for (settings, slack) in [(SwarmSettings(), members == 2 ? 0.001 : 0.025), (patient, 0.001)] {
                var swarm = ParticleSwarm(members: members, settings: settings, seed: seed)
                run(&swarm) { meanLogLikelihood(rows, $0) }
                let found = swarm.best?.utility ?? -.infinity
                #expect(found <= optimum.meanLogLikelihood + optimum.gap + 1e-12)
                #expect(found >= oneHot)
                #expect(found >= optimum.meanLogLikelihood * (1 + slack), "seed \(seed), \(settings.particles)")
            }
        }
    }

    /// With the other update as many members as a composition may have need no more than the published evaluations.
    @Test(arguments: [4, 8, 12, 16]) func constrictionReachesTheConvexOptimum(members: Int) {
        for seed in UInt64(1)...5 {
            let rows = simulatedMixture(members: members, events: 200, seed: seed)
            let optimum = ExpectationMaximization.fit(logLikelihoods: rows).meanLogLikelihood
            var swarm = ParticleSwarm(members: members, settings: SwarmSettings(update: .constriction), seed: seed)
            run(&swarm) { meanLogLikelihood(rows, $0) }
            #expect(swarm.evaluations <= 1020 && swarm.ask().isEmpty)
            let found = swarm.best?.utility ?? -.infinity
            #expect(found >= optimum * 1.001, "seed \(seed): \(found) of \(optimum)")
        }
    }

    @Test func constrictionMovesByItsFormula() {
        let settings = SwarmSettings(update: .constriction, particles: 2, startingVelocity: .zero)
        var swarm = ParticleSwarm(members: 2, constraint: .affine, settings: settings, seed: 3)
        swarm.tell([1, 0])
        // x0 = p0 = g has nothing to move it; x1 = p1 = (0, 1) goes to g = (1, 0) by two factors, then onto the sum 1.
        var random = CounterRandom(seed: 3, stream: .move, iteration: 1, particle: 1)
        let r = (0..<4).map { _ in random.uniform() }
        let (a, b) = (0.7298 * 2.05 * r[1], 1 - 0.7298 * 2.05 * r[3])
        let shift = (a + b - 1) / 2
        let moved = swarm.ask()
        #expect(moved[0] == [1, 0])
        #expect(abs(moved[1][0] - (a - shift)) < 1e-12 && abs(moved[1][1] - (b - shift)) < 1e-12)
    }

    @Test func aStalledSwarmIsScatteredAroundItsBest() {
        let settings = SwarmSettings(iterations: 100, patience: 2, scatters: 3)
        var swarm = ParticleSwarm(members: 4, settings: settings, seed: 12)
        run(&swarm) { $0[0] == 1 ? 1 : 0 }
        #expect(swarm.scatters == 3 && swarm.iteration == 8 && swarm.best?.position == [1, 0, 0, 0])
    }

    @Test func searchesScalarsBesideWeights() {
        // From neutral corners alone the update could never leave beta = 0.
        var swarm = ParticleSwarm(
            space: adaptiveSpace(), settings: SwarmSettings(iterations: 200, scatters: 50), seed: 13)
        let start = swarm.ask()
        #expect(start[0] == [1, 0, 0, 1] && start[1] == [0, 1, 0, 1])
        #expect(start.contains { $0[2] != 0 } && start[2...].contains { $0[2] == 0 })
        run(&swarm) { point in
            #expect((-1...3).contains(point[2]) && (0.1...20).contains(point[3]))
            return -squaredDistance(point, [0.3, 0.7, 1.5, 2])
        }
        // The corners are at −4.3 and below.
        #expect((swarm.best?.utility ?? -1) > -0.1)
    }

    @Test func optionsOfTheStart() {
        // Half of the authors' children lie beyond their parents.
        let wide = SwarmSettings(particles: 60, crossover: 0...2, startingVelocity: .zero)
        let swarm = ParticleSwarm(members: 3, constraint: .affine, settings: wide, seed: 14)
        let points = swarm.ask()
        let outside = points.dropFirst(3).filter { $0.contains { $0 < 0 } }.count
        #expect((15...45).contains(outside))
        // No velocity and nothing to gain: a particle at g that is pushed by nothing stays.
        var still = ParticleSwarm(
            members: 2, settings: SwarmSettings(particles: 2, repulsion: 0, startingVelocity: .zero), seed: 15)
        _ = still.ask()
        still.tell([1, 0])
        #expect(still.ask()[0] == [1, 0])
        // With no pull but the last velocity, the first move is λ (g − x).
        let inertial = SwarmSettings(
            particles: 2, inertia: 1, cognitive: 0, social: 0, repulsion: 0, startingVelocity: .best)
        var towards = ParticleSwarm(members: 2, settings: inertial, seed: 15)
        _ = towards.ask()
        towards.tell([1, 0])
        #expect(towards.ask()[0] == [1, 0] && abs(towards.ask()[1][0] - 0.8) < 1e-12)
        // Without restarts a stray particle goes on.
        var settings = SwarmSettings(
            social: 0, repulsion: 0, patience: 100, restartPatience: 3, deterministic: true)
        settings.restarts = false
        var stray = ParticleSwarm(members: 3, constraint: .affine, settings: settings, seed: 7)
        let start = stray.ask()
        stray.tell(start.map { _ in 1 })
        for _ in 0..<3 { stray.tell(stray.ask().map { _ in 0 }) }
        #expect(stray.ask() != start)
    }
}
