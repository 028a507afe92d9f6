internal import ArgumentParser
internal import Foundation
internal import SwarmComposition
internal import SwarmEvaluation
internal import SwarmTokenizers

/// `tokenswarm generate`
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Continue a prompt with the composition, streamed.",
        discussion: """
            Writes the generated text to standard output as it comes, in complete UTF-8. Without --prompt the recipe's \
            own prompts are used. With --beside-members every member continues the same prompt alone, for comparison.

            With --chat the prompt is a user's message. Every member reads the conversation as the chat template that \
            comes with it writes it (chat_template.jinja, tokenizer_config.json, or a GGUF file's metadata), all write \
            one answer, and it ends where the composition ends its turn.

            A flag comes before an environment variable, that before the recipe, that before the generation_config.json \
            of a member that is generated from alone (of several mixed, none applies: they disagree), and that before \
            the default. --print-config shows which did. \(Environment.help)
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var sampling: SamplingFlags
    @OptionGroup var chat: ChatFlags
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var speed: SpeedFlags
    @OptionGroup var config: ConfigFlags

    @Option(name: .shortAndLong, help: "The text to continue; may be empty.")
    var prompt: String?

    @Option(help: "Read the prompt from a file; - is standard input.", completion: .file())
    var promptFile: String?

    @Option(help: "When a member's context is full: stop, slide or drop.")
    var context: GenerationOptions.ContextPolicy = .stop

    @Flag(help: "Also let every member continue the prompt alone.")
    var besideMembers = false

    @Flag(help: "Make faulty logits (NaN, infinite) an error instead of leaving the member out of that step.")
    var strict = false

    @Flag(help: "Over bytes: evaluate every token path before each choice. The text is the same, only slower.")
    var exactEager = false

    @Flag(
        inversion: .prefixedNo,
        help: "With union, greedily: leave out members that cannot change the choice. The text is the same.")
    var skip = true

    @Flag(help: "Write JSON: the text, why it ended, and what each member did.")
    var json = false

    func validate() throws {
        if chat.messages != nil, prompt != nil || promptFile != nil {
            throw ValidationError("--messages and a prompt exclude each other")
        }
        if prompt != nil, promptFile != nil { throw ValidationError("--prompt and --prompt-file exclude each other") }
    }

    /// One continuation.
    private struct Record: Encodable {
        var name: String
        var prompt: String
        var text: String
        var finishReason: String
        var tokens: Int
        var seconds: Double
        var weights: [String: Double]
        var members: [Generated.Member]
        var totalVariationBound: Double?
        /// With --draft: bytes that were guessed ahead, and how many of them came true.
        var draftedBytes: Int?
        var acceptedBytes: Int?
        /// Where they follow the text: those that the last symbol was chosen with.
        var lastWeights: [String: Double]?
        /// With --chat, by member: the conversation as it reads it.
        var chat: [String: String]?
    }

    func run() throws {
        var settings = try source.settings()
        try sampling.apply(to: &settings)
        if config.printConfig {
            return try config.print(
                settings, compute: compute,
                more: [
                    ("context", context.rawValue, context == .stop ? .standard : .flag("--context")),
                    ("strict", "\(strict)", strict ? .flag("--strict") : .standard),
                    ("chat", "\(chat.chat)", chat.chat ? .flag("--chat") : .standard),
                ])
        }
        let recipe = settings.recipe
        let prompts = try self.prompts(of: recipe)
        let templates = chat.chat ? try chat.templates(for: recipe) : nil
        let composition = try recipe.composition(check: compute.tensorCheck, cache: compute.cacheTypes)
        let members = composition.members
        try checkMemory(members, prompts: prompts, maxTokens: recipe.generate.maxTokens)
        let engine = DecodingEngine(
            composition: composition, pool: compute.makePool(), threadsPerMember: speed.memberThreads)

        var systems = [
            (name: "composition", mixing: Mixing(weights: recipe.weights, dimensions: recipe.pool.dimensions))
        ]
        if besideMembers, members.count > 1 {
            systems += members.indices.map { m in
                (members[m].name, Mixing(weights: members.indices.map { $0 == m ? 1.0 : 0.0 }))
            }
        }
        var records: [Record] = []
        for (position, prompt) in prompts.enumerated() {
            let openings = try templates.map { try chat.openings(prompt, templates: $0, members: members) }
            let isSeveral = prompts.count > 1 || systems.count > 1
            if isSeveral, !json { StandardOutput.write("\(position > 0 ? "\n" : "")Prompt: \(prompt)\n") }
            for system in systems {
                let label =
                    isSeveral ? system.name.padding(toLength: labelWidth(systems), withPad: " ", startingAt: 0) : nil
                records.append(
                    try generate(
                        prompt, openings: openings, with: system, engine: engine, recipe: recipe, label: label))
            }
        }
        if json {
            if let record = records.first, records.count == 1 {
                try StandardOutput.write(json: record, snakeCase: true)
            } else {
                try StandardOutput.write(json: records, snakeCase: true)
            }
        }
    }

    /// - Throws: `MemoryError` where the members and what they are to read and write do not fit.
    private func checkMemory(_ members: [Member], prompts: [String], maxTokens: Int) throws {
        let tokens = members.map { member in
            maxTokens + (prompts.map { member.tokenizer.encode(Array($0.utf8)).ids.count }.max() ?? 0)
        }
        try MemoryNeed(members, tokens: tokens).check()
    }

    private func labelWidth(_ systems: [(name: String, mixing: Mixing)]) -> Int {
        systems.map(\.name.count).max() ?? 0
    }

    /// Generates and streams one continuation; `label` puts it on a line of its own.
    private func generate(
        _ prompt: String, openings: [ChatOpening]?, with system: (name: String, mixing: Mixing),
        engine: DecodingEngine, recipe: Recipe, label: String?
    ) throws -> Record {
        let settings = recipe.generate
        var stop = settings.stop.map { Array($0.utf8) }
        for (opening, weight) in zip(openings ?? [], system.mixing.weights) where weight != 0 && !opening.stop.isEmpty {
            if !stop.contains(opening.stop) { stop.append(opening.stop) }
        }
        let options = GenerationOptions(
            maxTokens: settings.maxTokens,
            sampling: SamplerSettings(
                temperature: settings.temperature, topK: settings.topK, topP: settings.topP, minP: settings.minP,
                repetitionPenalty: settings.repetitionPenalty, seed: recipe.seed),
            stop: stop, contextPolicy: context, isStrict: strict, isEager: exactEager,
            speculation: speed.speculation, skips: skip)
        let start = Date()
        if let label, !json { StandardOutput.write("  \(label)  ") }
        let isLabelled = label != nil
        let generated = try engine.generate(
            prompt: openings == nil ? Array(prompt.utf8) : [], mixing: system.mixing, openings: openings,
            options: options
        ) {
            try Interrupt.check()
            if json { return }
            // Beside each other, a line each.
            StandardOutput.write(isLabelled ? $0.map { $0 == 0x0A ? 0x20 : $0 } : $0)
        }
        // A file gets the text and nothing else, byte for byte; a person gets the prompt back on a new line.
        if !json, isLabelled || StandardOutput.isTerminal { StandardOutput.write("\n") }
        let seconds = Date().timeIntervalSince(start)
        if !isLabelled, StandardError.isTerminal {
            let speed = String(format: "%.1f", Double(generated.tokenCount) / max(seconds, 1e-9))
            StandardError.write(
                "\(generated.tokenCount) tokens, \(speed) a second, ended by \(generated.finish.rawValue)\n")
        }
        for member in generated.members where member.faultyRows > 0 {
            StandardError.write("warning: \(member.name) was left out of \(member.faultyRows) steps: faulty logits\n")
        }
        for member in generated.members where member.isDropped {
            StandardError.write("warning: \(member.name) was left out once its context was full\n")
        }
        if generated.finish == .context {
            StandardError.write("warning: stopped because a member's context is full; see --context\n")
        }
        if recipe.alignment.epsilon > 0, let bound = generated.totalVariationBound {
            let text = String(format: "%.2g", bound)
            StandardError.write("epsilon changed no distribution by more than \(text) in total variation\n")
        }
        return Record(
            name: system.name, prompt: prompt, text: String(decoding: generated.text, as: UTF8.self),
            finishReason: generated.finish.rawValue, tokens: generated.tokenCount, seconds: seconds,
            weights: Dictionary(uniqueKeysWithValues: zip(recipe.members.map(\.name), system.mixing.weights)),
            members: generated.members, totalVariationBound: generated.totalVariationBound,
            draftedBytes: generated.draftedBytes, acceptedBytes: generated.acceptedBytes,
            lastWeights: generated.weights.map {
                Dictionary(uniqueKeysWithValues: zip(recipe.members.map(\.name), $0))
            },
            chat: openings.map { Dictionary(uniqueKeysWithValues: zip(recipe.members.map(\.name), $0.map(\.text))) })
    }

    private func prompts(of recipe: Recipe) throws -> [String] {
        if let prompt { return [prompt] }
        if let messages = chat.messages { return [messages] }
        if let promptFile {
            guard let text = String(validating: try Input.read(promptFile, as: "prompt file"), as: UTF8.self) else {
                throw Failure.data("found bytes that are not UTF-8, \(promptFile): expected text")
            }
            return [text]
        }
        guard !recipe.generate.prompts.isEmpty else {
            throw Failure.usage("--prompt is missing, and the recipe has no prompts of its own")
        }
        return recipe.generate.prompts
    }
}

extension GenerationOptions.ContextPolicy: ExpressibleByArgument {}
