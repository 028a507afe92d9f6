import SwarmOptimizers
import Testing

@Suite struct SearchSpaceTests {
    @Test(arguments: SearchSpace.Constraint.allCases) func cornersAreTheMembersWithNeutralScalars(
        constraint: SearchSpace.Constraint
    ) {
        let space = adaptiveSpace(constraint, members: 3)
        #expect(space.count == 5 && !space.isSinglePoint)
        for m in 0..<3 {
            #expect(space.corner(m) == Simplex.vertex(m, count: 3) + [0, 1])
            let point = space.point(at: space.cornerCoordinates(m))
            if constraint == .softmax {
                #expect(point[m] > 0.999 && point[3...] == [0, 1])
            } else {
                #expect(point == space.corner(m))
            }
        }
        #expect(space.centre.suffix(2) == [0, 1])
        #expect(space.weights(of: space.corner(1)) == [0, 1, 0])
        #expect(space.value(of: "temperature", in: [0, 0, 1, 2, 3]) == 3)
        #expect(space.value(of: "alpha", in: [0, 0, 1, 2, 3]) == nil)
        #expect(SearchSpace(members: 1).isSinglePoint)
    }

    @Test func scalarsKeepTheirBoundsAndTheNeutralValueToTheBit() {
        for scalar in [
            SearchSpace.Scalar(name: "a", neutral: 0.7, lower: 0.1, upper: 0.9),
            .init(name: "b", neutral: 1, lower: 0.1, upper: 20, scale: .logarithmic),
            .init(name: "c", neutral: 1, lower: 1e-4, upper: 1, scale: .logarithmic),
        ] {
            #expect(scalar.value(at: scalar.coordinate(of: scalar.neutral)) == scalar.neutral)
            #expect(scalar.value(at: -0.5) == scalar.lower && scalar.value(at: 1.5) == scalar.upper)
            #expect(scalar.value(at: 0) == scalar.lower && scalar.value(at: 1) == scalar.upper)
            for step in 1..<100 {
                let value = scalar.value(at: Double(step) / 100)
                #expect(abs(scalar.coordinate(of: value) - Double(step) / 100) < 1e-12)
            }
        }
        let temperature = SearchSpace.Scalar(name: "t", neutral: 1, lower: 0.25, upper: 4, scale: .logarithmic)
        #expect(abs(temperature.value(at: 0.75) - 2) < 1e-12)
    }

    @Test func projectionMovesOnlyWhatIsOutside() {
        let simplex = adaptiveSpace()
        #expect(simplex.project([1.5, -0.5, -1, 2]) == [1, 0, 0, 1])
        #expect(simplex.project([0.25, 0.75, 0.5, 0.5]) == [0.25, 0.75, 0.5, 0.5])
        #expect(adaptiveSpace(.affine).project([1.5, -0.5, 0.5, 0.5]) == [1.5, -0.5, 0.5, 0.5])
        #expect(adaptiveSpace(.softmax).project([9, -7, 0.5, 7]) == [9, -7, 0.5, 1])
    }

    @Test(arguments: SearchSpace.Constraint.allCases) func pointsGoThereAndBack(constraint: SearchSpace.Constraint) {
        let space = adaptiveSpace(constraint, members: 4)
        var neutrals = 0
        for i in 0..<200 {
            var random = CounterRandom(seed: 1, stream: .user, iteration: i)
            let point = space.randomPoint(&random)
            #expect(abs(point.prefix(4).reduce(0, +) - 1) < 1e-12 && point.prefix(4).allSatisfy { $0 >= 0 })
            #expect((-1...3).contains(point[4]) && (0.1...20).contains(point[5]))
            neutrals += (point[4] == 0 ? 1 : 0) + (point[5] == 1 ? 1 : 0)
            let back = space.point(at: space.coordinates(of: point))
            #expect(zip(point, back).allSatisfy { abs($0 - $1) < 1e-6 })
        }
        #expect((150...250).contains(neutrals))
    }
}
