internal import Foundation
internal import SwarmFormats
package import SwarmVocabulary

/// A comparison of a searched composition with its controls; `report.json` is this, encoded.
///
/// Numbers that are not finite are null.
package struct Report: Codable, Sendable, Equatable {
    package struct Cost: Codable, Sendable, Equatable {
        /// Examples read, summed over members: the only heavy work that a search needs.
        package var memberPasses: Int
        /// Points of the search; random search evaluated as many.
        package var evaluations: Int
        /// Wall clock of everything, and its parts.
        package var seconds: Double
        package var readingSeconds: Double
        package var searchSeconds: Double
        package var comparisonSeconds: Double
        /// Short answers that were decoded, duplicates of equal weights not counted twice.
        package var generatedAnswers: Int

        enum CodingKeys: String, CodingKey {
            case evaluations, seconds
            case memberPasses = "member_passes"
            case readingSeconds = "reading_seconds"
            case searchSeconds = "search_seconds"
            case comparisonSeconds = "comparison_seconds"
            case generatedAnswers = "generated_answers"
        }
    }

    package struct Search: Codable, Sendable, Equatable {
        package var optimizer: String
        /// Utility on dev by control.
        package var utilities: [String: Double?]
        /// Best utility so far by iteration.
        package var history: [Double?]
        /// What EM's weights could still gain, in nats a segment.
        package var emGap: Double
        /// Whether a budget of `auto` ended it.
        package var stoppedAtKnee: Bool
        /// What racing spared; null where no generated answers were searched on.
        package var racing: RacingCost?

        enum CodingKeys: String, CodingKey {
            case optimizer, utilities, history, racing
            case stoppedAtKnee = "stopped_at_knee"
            case emGap = "em_gap"
        }
    }

    package var name: String
    package var seed: UInt64
    package var members: [MemberFacts]
    /// Whether test examples were searched on: the scores on test are then no evidence.
    package var searchedTestSet: Bool
    /// Bootstrap resamples of every interval.
    package var resamples: Int
    /// The swarm's, by member.
    package var weights: [String: Double]
    /// Those of `em`, `random` and `uniform`, by member.
    package var controlWeights: [String: [String: Double]]
    package var alignment: [String: String]
    package var pool: [String: String]
    package var search: Search
    package var cost: Cost
    package var tasks: [TaskReport]
    /// How far the members' vocabularies agree.
    package var vocabulary: CoverageReport?
    /// What the search evaluated, in order; of a long search every k-th iteration and the last, of a large swarm the first
    /// 100 particles.
    package var particles: [EvaluatedParticle]

    enum CodingKeys: String, CodingKey {
        case name, seed, members, weights, alignment, pool, search, cost, tasks, vocabulary, particles
        case searchedTestSet = "searched_test_set"
        case resamples = "bootstrap_iters"
        case controlWeights = "control_weights"
    }

    /// The content of `report.json`: keys sorted, ends with a newline.
    package func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(File(report: self))) + [0x0A]
    }

    /// This report and, beside its own keys, lm-evaluation-harness's.
    private struct File: Encodable {
        let report: Report

        func encode(to encoder: any Encoder) throws {
            try report.encode(to: encoder)
            try HarnessResults(report).encode(to: encoder)
        }
    }

    /// Writes `report.json`, `report.md` and `report.html` into `folder`, which must exist.
    package func write(to folder: String) throws {
        try AtomicFile.write(try json(), to: folder + "/report.json")
        try AtomicFile.write(Array(markdown().utf8), to: folder + "/report.md")
        try AtomicFile.write(Array(html().utf8), to: folder + "/report.html")
    }
}

/// One task of a report.
package struct TaskReport: Codable, Sendable, Equatable {
    /// One split: `scores` maps `member:NAME`, `best-member`, `uniform`, `random`, `em` and `swarm` to the metric.
    package struct Split: Codable, Sendable, Equatable {
        package var n: Int
        package var scores: [String: Double?]
        /// 95%, by bootstrap over examples.
        package var intervals: [String: Interval?]
        package var standardErrors: [String: Double?]
        /// `choice`: `acc_norm` beside `acc`, or the other way round.
        package var otherMetrics: [String: Metric]?
        package var domains: [String: Domain]
        /// Test split only: the swarm against the best member, and against every control.
        package var difference: Difference?
        package var differences: [Difference]?
        /// `choice`: by system.
        package var calibration: [String: Calibration]?

        enum CodingKeys: String, CodingKey {
            case n, scores, intervals, domains, difference, differences, calibration
            case standardErrors = "standard_errors"
            case otherMetrics = "other_metrics"
        }
    }

    /// A metric beside the task's own.
    package struct Metric: Codable, Sendable, Equatable {
        package var scores: [String: Double?]
        package var intervals: [String: Interval?]
        package var standardErrors: [String: Double?]

        enum CodingKeys: String, CodingKey {
            case scores, intervals
            case standardErrors = "standard_errors"
        }
    }

    package struct Domain: Codable, Sendable, Equatable {
        package var n: Int
        package var scores: [String: Double?]
    }

    /// Swarm minus `against`, in the metric's units, with its paired bootstrap 95% interval.
    package struct Difference: Codable, Sendable, Equatable {
        package var against: String
        package var value: Double?
        package var low: Double?
        package var high: Double?

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(against, forKey: .against)
            try container.encode(value, forKey: .value)
            try container.encode(low, forKey: .low)
            try container.encode(high, forKey: .high)
        }
    }

    /// What the composition knows that no member does, on the test split, beside random weights: the mean over
    /// `chanceDraws` of them, and random search, which is the best on dev of as many as the search evaluated.
    package struct Emergence: Codable, Sendable, Equatable {
        /// P(swarm right | every member wrong); null when there is no such example.
        package var cEmerge: Double?
        /// The same of random weights and of random search.
        package var chance: Double?
        package var randomCEmerge: Double?
        /// 95% of C-emerge minus chance.
        package var difference: Interval?
        /// P(swarm right | best dev member wrong).
        package var cSurge: Double?
        package var surgeChance: Double?
        package var randomCSurge: Double?
        package var surgeDifference: Interval?
        package var chanceDraws: Int
        /// Examples that every member got wrong, and that the best dev member got wrong.
        package var everyMemberWrong: Int
        package var bestMemberWrong: Int

        enum CodingKeys: String, CodingKey {
            case chance, difference
            case cEmerge = "c_emerge"
            case randomCEmerge = "c_emerge_random"
            case cSurge = "c_surge"
            case surgeChance = "c_surge_chance"
            case randomCSurge = "c_surge_random"
            case surgeDifference = "c_surge_difference"
            case chanceDraws = "chance_draws"
            case everyMemberWrong = "every_member_wrong"
            case bestMemberWrong = "best_member_wrong"
        }

        /// Null where there is no number.
        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            let numbers: [(CodingKeys, Double?)] = [
                (.cEmerge, cEmerge), (.chance, chance), (.randomCEmerge, randomCEmerge), (.cSurge, cSurge),
                (.surgeChance, surgeChance), (.randomCSurge, randomCSurge),
            ]
            for (key, value) in numbers { try container.encode(value, forKey: key) }
            try container.encode(difference, forKey: .difference)
            try container.encode(surgeDifference, forKey: .surgeDifference)
            try container.encode(chanceDraws, forKey: .chanceDraws)
            try container.encode(everyMemberWrong, forKey: .everyMemberWrong)
            try container.encode(bestMemberWrong, forKey: .bestMemberWrong)
        }
    }

    package var name: String
    package var kind: String
    /// lm-evaluation-harness's name where it has one (`TaskSpec.Metric`).
    package var metric: String
    package var higherIsBetter: Bool
    package var weight: Double
    /// The member that is best on this task's dev split.
    package var bestMember: String
    package var dev: Split
    package var test: Split
    package var emergence: Emergence?
    package var promptSensitivity: PromptSensitivity?
    /// The task as the recipe has it; in `report.json` this is the harness's `configs`.
    package var settings: TaskSpec?

    enum CodingKeys: String, CodingKey {
        case name, kind, metric, weight, dev, test, emergence
        case promptSensitivity = "prompt_sensitivity"
        case higherIsBetter = "higher_is_better"
        case bestMember = "best_member"
    }
}

extension Double {
    /// Nil where JSON has no number.
    var finite: Double? { isFinite ? self : nil }
}
