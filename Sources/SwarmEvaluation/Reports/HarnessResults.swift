/// The report's test scores under lm-evaluation-harness's keys, part of `report.json`: `results` are the composition's,
/// `results_by_system` everybody's.
struct HarnessResults: Encodable {
    let results: [String: HarnessValue]
    let resultsBySystem: [String: HarnessValue]
    let configs: [String: HarnessValue]
    let versions: [String: Int]
    let shots: [String: Int]
    let higherIsBetter: [String: [String: Bool]]
    let samples: [String: [String: Int]]
    let config: HarnessValue
    /// No task is a group.
    let groups: [String: [String]]

    enum CodingKeys: String, CodingKey {
        case results, configs, versions, config
        case resultsBySystem = "results_by_system"
        case shots = "n-shot"
        case higherIsBetter = "higher_is_better"
        case samples = "n-samples"
        case groups = "group_subtasks"
    }

    init(_ report: Report) {
        func results(of system: String) -> [String: HarnessValue] {
            Dictionary(
                uniqueKeysWithValues: report.tasks.map { ($0.name, .object($0.harnessResults(of: system))) })
        }
        func byTask<Value>(_ value: (TaskReport) -> Value) -> [String: Value] {
            Dictionary(uniqueKeysWithValues: report.tasks.map { ($0.name, value($0)) })
        }
        self.results = results(of: "swarm")
        let systems = Set(report.tasks.flatMap { Array($0.test.scores.keys) })
        resultsBySystem = Dictionary(uniqueKeysWithValues: systems.map { ($0, .object(results(of: $0))) })
        configs = byTask(\.harnessConfig)
        versions = byTask { _ in 1 }
        shots = byTask { _ in 0 }
        higherIsBetter = byTask { task in
            var directions = [task.metric: task.higherIsBetter]
            for metric in (task.test.otherMetrics ?? [:]).keys { directions[metric] = true }
            return directions
        }
        samples = byTask { ["original": $0.test.n, "effective": $0.test.n] }
        groups = byTask { _ in [] }
        config = .object([
            "model": .string("tokenswarm"), "random_seed": .number(Double(report.seed)),
            "bootstrap_iters": .number(Double(report.resamples)),
            "model_args": .object(report.weights.mapValues { .number($0) }),
        ])
    }
}

extension TaskReport {
    /// The name of the filter that answers pass, as the harness has it.
    var harnessFilter: String { settings?.answer.extract == nil ? "none" : "regex" }

    fileprivate func harnessResults(of system: String) -> [String: HarnessValue] {
        var values: [String: HarnessValue] = ["alias": .string(name)]
        func add(_ metric: String, _ value: Double?, _ error: Double?) {
            values["\(metric),\(harnessFilter)"] = .init(value)
            values["\(metric)_stderr,\(harnessFilter)"] = error.map { .number($0) } ?? .string("N/A")
        }
        add(metric, test.scores[system] ?? nil, test.standardErrors[system] ?? nil)
        for (metric, other) in test.otherMetrics ?? [:] {
            add(metric, other.scores[system] ?? nil, other.standardErrors[system] ?? nil)
        }
        return values
    }

    fileprivate var harnessConfig: HarnessValue {
        var values: [String: HarnessValue] = [
            "task": .string(name), "num_fewshot": .number(0),
            "output_type": .string(
                kind == "text" ? "loglikelihood_rolling" : kind == "choice" ? "multiple_choice" : "generate_until"),
            "metric_list": .array([
                .object([
                    "metric": .string(metric), "aggregation": .string(kind == "text" ? "bits_per_byte" : "mean"),
                    "higher_is_better": .bool(higherIsBetter),
                ])
            ]),
        ]
        guard let settings else { return .object(values) }
        values["dataset_kwargs"] = .object([
            "data_files": .object(["validation": .string(settings.dev), "test": .string(settings.test)])
        ])
        if settings.kind != .text { values["doc_to_text"] = .string(settings.template ?? "{{prompt}}") }
        if settings.kind == .choice { values["target_delimiter"] = .string(settings.targetDelimiter) }
        if settings.kind.isGenerated {
            values["generation_kwargs"] = .object([
                "until": .array(settings.stop.map { .string($0) }), "max_gen_toks": .number(Double(settings.maxTokens)),
                "do_sample": .bool(false),
            ])
        }
        return .object(values)
    }
}

/// A JSON value to write.
enum HarnessValue: Encodable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([HarnessValue])
    case object([String: HarnessValue])

    /// Null where there is no number.
    init(_ number: Double?) { self = number.map { .number($0) } ?? .null }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .array(let elements): try elements.encode(to: encoder)
        case .object(let members): try members.encode(to: encoder)
        default:
            var container = encoder.singleValueContainer()
            switch self {
            case .bool(let value): try container.encode(value)
            case .number(let value): try container.encode(value)
            case .string(let value): try container.encode(value)
            default: try container.encodeNil()
            }
        }
    }
}
