import SwarmComposition
import SwarmEvaluation
import SwarmKernels
import SwarmOptimizers
import Testing

@Suite struct SearchedDimensionsTests {
    private let all = SearchedDimensions(
        temperature: 0.5...2, uncertainty: 0...2, recencyShare: 0.001...1, recencyRate: 0...2)

    @Test func aGridAroundOne() {
        let grid = all.temperatureGrid
        #expect(grid.count == 17 && grid.first == 0.5 && grid.last == 2 && grid[8] == 1)
        #expect(SearchedDimensions(temperature: 0.9...1.1).temperatureGrid.count == 3)
        #expect(SearchedDimensions(temperature: 1...1.05).temperatureGrid == [1])
        #expect(SearchedDimensions().temperatureGrid.isEmpty)
        let pool = PoolSettings(dimensions: PoolDimensions(temperatures: [3, 1]))
        #expect(all.temperaturesToRead(pool).count == 17 && !all.temperaturesToRead(pool).contains(1))
    }

    @Test func pointsStandForMixings() {
        let names = ["a", "b"]
        let space = SearchSpace(members: 2, scalars: all.scalars(members: names))
        #expect(
            space.scalars.map(\.name) == [
                "temperature.a", "temperature.b", "uncertainty", "recency.share", "recency.rate",
            ])
        // Where every search begins is a member alone, without anything else.
        for member in 0..<2 {
            let mixing = all.mixing(of: space.corner(member), members: 2, base: PoolDimensions())
            #expect(mixing.isStatic && mixing.weights == Simplex.vertex(member, count: 2))
        }
        let mixing = all.mixing(of: [0.3, 0.7, 1.02, 0.55, 0.4, 0.02, 0.9], members: 2, base: PoolDimensions())
        #expect(mixing.weights == [0.3, 0.7])
        #expect(mixing.dimensions.temperatures == [1, all.temperatureGrid[1]])
        #expect(mixing.dimensions.uncertainty == 0.4)
        #expect(mixing.dimensions.recencyShare == 0.02 && mixing.dimensions.recencyRate == 0.9)
        // What is not searched is as the pool has it.
        let base = PoolDimensions(temperatures: [2, 1], uncertainty: 0.1, recencyShare: 0.5, recencyRate: 0.6)
        let some = SearchedDimensions(recencyShare: 0.001...1).mixing(of: [1, 0, 0.3], members: 2, base: base)
        #expect(
            some.dimensions
                == PoolDimensions(temperatures: [2, 1], uncertainty: 0.1, recencyShare: 0.3, recencyRate: 0.6))
        #expect(SearchedDimensions().mixing(of: [1, 0], members: 2, base: base).dimensions == base)
    }

    /// A search over everything starts from the members alone and improves on them; a recipe can hold what it found;
    /// and the same seed finds the same for any number of threads.
    @Test func aSearchFindsThem() throws {
        let folder = try TemporaryFolder()
        let data = try madeUpTasks(in: folder)
        var recipe = madeUpRecipe(data, iterations: 20)
        func search(_ dimensions: SearchedDimensions, threads: Int = 1) throws -> SearchOutcome {
            recipe.search = dimensions
            let control = RunControl(pool: ThreadPool(threadCount: threads))
            return try SearchRunner(recipe: recipe, sources: madeUpSources(), runFolder: nil, control: control).run(
                data)
        }
        let fixed = try search(SearchedDimensions())
        let found = try search(all)
        let utility = try #require(found.utilities["swarm"])
        #expect(utility == found.history.last && utility > found.history[0])
        #expect(fixed.dimensions.isEmpty && !found.mixing("swarm").isStatic && found.mixing("em").isStatic)
        #expect(found.best.count == 3 && found.weights["random"]?.count == 3)
        #expect(try search(all, threads: 3).mixing("swarm") == found.mixing("swarm"))

        recipe.pool.dimensions = found.mixing("swarm").dimensions
        #expect(try Recipe(yaml: recipe.yaml(), path: "/r.yaml") == recipe)
    }
}
