internal import Foundation
internal import SwarmKernels
internal import Synchronization

/// Scores of particles whose members have temperatures or whose weights follow the text.
struct AdaptiveScores {
    private let table: SegmentTable
    private let particles: [Mixing]
    /// By particle: by member, which of the table's temperatures it has, or −1 for 1. Nil for what is no mixture.
    private let columns: [[Int]?]

    /// - Throws: `CompositionError.badSetting` when the table lacks a temperature.
    init(table: SegmentTable, particles: [Mixing]) throws(CompositionError) {
        self.table = table
        self.particles = particles
        var columns: [[Int]?] = []
        for particle in particles {
            guard Self.isMixture(particle, members: table.memberCount) else {
                columns.append(nil)
                continue
            }
            var row: [Int] = []
            for member in 0..<table.memberCount {
                let temperature = particle.dimensions.temperature(of: member)
                guard temperature != 1, particle.weights[member] != 0 else {
                    row.append(-1)
                    continue
                }
                guard let column = table.temperatures.firstIndex(of: temperature) else {
                    throw .badSetting(
                        name: "pool.temperature", found: "\(temperature)",
                        expected: "a temperature that the members were read for: \(table.temperatures)")
                }
                row.append(column)
            }
            columns.append(row)
        }
        self.columns = columns
    }

    /// Whether the weights can be mixed: finite with a sum, none negative where they follow the text.
    private static func isMixture(_ particle: Mixing, members: Int) -> Bool {
        let sum = particle.weights.reduce(0, +)
        return particle.weights.count == members && sum.isFinite && abs(sum) > 1e-12
            && particle.weights.allSatisfy { $0.isFinite && ($0 >= 0 || !particle.dimensions.isAdaptive) }
            && (particle.dimensions.temperatures.isEmpty || particle.dimensions.temperatures.count == members)
    }

    /// log P [particles][items]; −∞ for particles that are no mixture.
    func logLikelihoods(_ threads: ThreadPool?) -> [[Double]] {
        let items = table.itemCount
        let rows = Mutex([[Double]](repeating: [], count: items))
        let body: @Sendable (Int) -> Void = { item in
            let row = particles.indices.map { score($0, item: item) }
            rows.withLock { $0[item] = row }
        }
        if let threads {
            threads.run(chunkCount: items, body)
        } else {
            for item in 0..<items { body(item) }
        }
        let found = rows.withLock { $0 }
        return particles.indices.map { particle in found.map { $0[particle] } }
    }

    private func score(_ index: Int, item: Int) -> Double {
        guard let columns = columns[index] else { return -.infinity }
        let particle = particles[index]
        let active = particle.weights.indices.filter { particle.weights[$0] != 0 }
        if active.count == 1 {
            // A single member is itself, bit for bit, whatever its past.
            let (member, column) = (active[0], columns[active[0]])
            let values = column < 0 ? table.logProbabilities : table.tempered[column]
            let segments = table.itemOffsets[item]..<table.itemOffsets[item + 1]
            let sum = segments.reduce(0) { $0 + values[$1 * table.memberCount + member] }
            return sum.isNaN ? -.infinity : sum
        }
        if let sum = quickScore(particle, columns, item: item) { return sum }
        let members = table.memberCount
        var state = particle.dimensions.isAdaptive ? AdaptiveWeights(particle) : nil
        var sum = 0.0
        for segment in table.itemOffsets[item]..<table.itemOffsets[item + 1] {
            let base = segment * members
            let values = (0..<members).map { member in
                columns[member] < 0
                    ? table.logProbabilities[base + member] : table.tempered[columns[member]][base + member]
            }
            if state != nil {
                sum += state?.read(values, entropies: Array(table.entropies[base..<base + members])) ?? 0
            } else {
                sum += Pool.logMixture(values, weights: particle.weights)
            }
        }
        return sum.isNaN ? -.infinity : sum
    }

    /// The same without logarithms of weights: what `AdaptiveWeights` computes, but for rounding, where nothing comes
    /// near underflow, no member is faulty, and α keeps every weight from vanishing. Nil elsewhere.
    private func quickScore(_ particle: Mixing, _ columns: [Int], item: Int) -> Double? {
        let dimensions = particle.dimensions
        let members = table.memberCount
        let (share, rate, beta) = (dimensions.recencyShare, dimensions.recencyRate, dimensions.uncertainty)
        guard !dimensions.hasRecency || share > 0 else { return nil }
        let total = particle.weights.reduce(0, +)
        let start = particle.weights.map { $0 / total }
        let hasFaults = !table.faultySegments.isEmpty
        var weights = start
        var values = [Double](repeating: 0, count: members)
        var sum = 0.0
        for segment in table.itemOffsets[item]..<table.itemOffsets[item + 1] {
            if hasFaults && table.faultySegments.contains(segment) { return nil }
            let base = segment * members
            // P_m, over the largest of them at temperature 1.
            let shift = table.shifts[segment]
            for member in 0..<members {
                values[member] =
                    columns[member] < 0
                    ? table.scaled[base + member] : table.scaledTempered[columns[member]][base + member]
            }
            var mixed = 0.0
            var whole = 0.0
            if beta == 0 {
                for member in 0..<members { mixed += weights[member] * values[member] }
                for member in 0..<members { whole += weights[member] }
            } else {
                var least = Double.infinity
                for member in 0..<members { least = min(least, beta * table.entropies[base + member]) }
                for member in 0..<members where start[member] != 0 {
                    let gated = weights[member] * exp(least - beta * table.entropies[base + member])
                    mixed += gated * values[member]
                    whole += gated
                }
            }
            let ratio = mixed / whole
            // False for NaN, too.
            guard whole > 1e-200, ratio > 1e-200, ratio.isFinite else { return nil }
            sum += log(ratio) + shift
            guard dimensions.hasRecency else { continue }
            var evidence = 0.0
            for member in 0..<members {
                if rate == 1 {
                    weights[member] *= values[member]
                } else {
                    let log =
                        columns[member] < 0
                        ? table.logProbabilities[base + member] : table.tempered[columns[member]][base + member]
                    weights[member] *= exp(rate * (log - shift))
                }
                evidence += weights[member]
            }
            guard evidence > 1e-200 else { return nil }
            for member in 0..<members {
                let updated = weights[member] / evidence
                weights[member] = updated + share * (start[member] - updated)
            }
        }
        return sum
    }
}
