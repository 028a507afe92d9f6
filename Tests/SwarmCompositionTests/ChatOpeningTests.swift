import SwarmComposition
import SwarmModels
import SwarmTemplates
import SwarmTestSupport
import SwarmTokenizers
import Testing

private let chatML = """
    {%- for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}
    {%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
    """
/// A space between question and answer, as Llama 2 has it.
private let instructions = """
    {%- for m in messages %}
    {%- if m.role == 'user' %}{{ '<s>[i] ' + m.content + ' [a]' }}{% else %}{{ ' ' + m.content + '</s>' }}{% endif %}
    {%- endfor %}
    """
/// Turns as plain text.
private let plain = """
    {%- for m in messages %}{{ m.role + ': ' + m.content + '\\n\\nend of ' + m.role + '\\n' }}{% endfor %}
    {%- if add_generation_prompt %}{{ 'assistant:' }}{% endif %}
    """

@Suite struct ChatOpeningTests {
    private static let letters = "abcdefghijklmnopqrstuvwxyzTL.,[]:<|>_"
    private static let answers = [
        "the cat sat", "The cat.", " leading", "  two", "\nline", "\n\n", "a", "", "é 🌊 naïve", "cat the sea.\nand",
        "<|im_end|>", "</s>",
    ]

    private static func template(_ source: String) throws -> ChatTemplate { try ChatTemplate(source, name: "test") }

    private static func sentencePiece() throws -> Tokenizer {
        try SmallTokenizers.sentencePiece(
            words: [" the", " th", " s", "at", " li", "ked", " cat", "user", "assistant"], letters: letters,
            control: ["<|im_start|>", "<|im_end|>"])
    }

    private static func byteLevel() throws -> Tokenizer {
        try SmallTokenizers.byteLevel(
            words: SmallMembers.words + ["user", "assistant"], control: ["<|im_start|>", "<|im_end|>"])
    }

    /// What is read is the whole that the reference reads, cut in two: prompt and answer.
    @Test(arguments: [chatML, instructions, plain]) func promptAndAnswerAreTheWhole(source: String) throws {
        let question = Conversation(user: "was the sea warm?")
        for tokenizer in [try Self.byteLevel(), try Self.sentencePiece()] {
            let opening = try ChatOpening(question, template: Self.template(source), tokenizer: tokenizer)
            let rendered = Array(opening.text.utf8)
            #expect(opening.tokens == tokenizer.encode(rendered, addSpecial: false).ids)
            // The templates but ChatML put a space there; it is the opening's where the tokenizer can leave it out.
            let gap: [UInt8] = opening.opensWithSpace ? [0x20] : []
            #expect(opening.opensWithSpace == (tokenizer.addsPrefixSpace && source != chatML))
            for answer in Self.answers where !answer.hasPrefix("\n") && !answer.hasPrefix("<") {
                let whole = tokenizer.encode(rendered + gap + Array(answer.utf8), addSpecial: false).ids
                let space: [UInt8] = opening.opensWithSpace && !answer.isEmpty ? [0x20] : []
                let own = tokenizer.encodeContinuation(space + Array(answer.utf8)).ids
                if answer.isEmpty { continue }
                #expect(opening.tokens + own == whole, "\(tokenizer.kind), \(answer)")
            }
        }
    }

    @Test func theSpaceBeforeAnAnswer() throws {
        let spm = try Self.sentencePiece()
        func opens(_ source: String, _ tokenizer: Tokenizer) throws -> Bool {
            try ChatOpening(Conversation(user: "a"), template: Self.template(source), tokenizer: tokenizer)
                .opensWithSpace
        }
        #expect(try opens(instructions, spm))
        // Legacy Llama tokenizers put a dummy space after every control token.
        #expect(try opens("{{ messages[0].content }}<|im_start|>", spm))
        #expect(try !opens("{{ messages[0].content }}<|im_start|>assistant\n", spm))
        #expect(try !opens(chatML, spm))
        for source in [chatML, instructions, plain] { #expect(try !opens(source, Self.byteLevel())) }
    }

    @Test func whatEndsATurnWithoutATokenIsAStop() throws {
        func stop(_ source: String, _ tokenizer: Tokenizer) throws -> String {
            let opening = try ChatOpening(
                Conversation(user: "a"), template: Self.template(source), tokenizer: tokenizer)
            return String(decoding: opening.stop, as: UTF8.self)
        }
        #expect(try stop(chatML, Self.byteLevel()) == "")
        #expect(try stop(chatML, SmallTokenizers.byteLevel(words: [])) == "<|im_end|>")
        #expect(try stop(instructions, Self.sentencePiece()) == "")
        #expect(try stop(plain, Self.byteLevel()) == "end of assistant")
        // Nothing is known of answers that the template refuses or changes.
        #expect(
            try stop("{% if messages|length > 1 %}{{ raise_exception('no') }}{% endif %}q", Self.byteLevel()) == "")
    }

    @Test func refusalsAndEmptyTextsAreErrors() throws {
        let tokenizer = try Self.byteLevel()
        for source in ["{{ raise_exception('no system') }}", "", "{% if false %}x{% endif %}"] {
            #expect(throws: TemplateError.self) {
                try ChatOpening(Conversation(user: "a"), template: Self.template(source), tokenizer: tokenizer)
            }
        }
    }

    // MARK: Generation

    /// A member that has seen `turns` as `source` writes them.
    private static func member(_ name: String, _ source: String, _ tokenizer: Tokenizer) throws -> (Member, ChatOpening)
    {
        let template = try template(source)
        let texts = try SmallMembers.texts.map { text in
            try template.render(
                Conversation(user: "was the sea warm?").answered(String(decoding: text.dropLast(), as: UTF8.self)),
                addGenerationPrompt: false)
        }
        let model = NGramModel(
            texts: texts.map { tokenizer.encode(Array($0.utf8), addSpecial: false).ids },
            vocabularySize: tokenizer.vocabularySize, order: 4, contextLength: 4096, addK: 0.001)
        let member = Member(name: name, model: model, tokenizer: tokenizer)
        return (
            member, try ChatOpening(Conversation(user: "was the sea warm?"), template: template, tokenizer: tokenizer)
        )
    }

    private static func members() throws -> [(Member, ChatOpening)] {
        [
            try member("chatml", chatML, byteLevel()), try member("inst", instructions, sentencePiece()),
            try member("spm-chatml", chatML, sentencePiece()),
        ]
    }

    /// The plainest loop: the prompt's tokens, then the likeliest token until one ends the turn.
    private func greedy(_ member: Member, _ opening: ChatOpening, maxTokens: Int) throws -> [TokenID] {
        let session = member.model.makeSession(capacity: 500, pool: SmallMembers.pool)
        var node = session.root
        var row: [Float] = []
        func read(_ token: TokenID) throws {
            let answer = try session.evaluate([PendingToken(parent: .node(node), token: token, needsLogits: true)])
            node = answer.nodes[0]
            row = answer.logits
        }
        for token in opening.tokens { try read(token) }
        var ids: [TokenID] = []
        while ids.count < maxTokens {
            let best = try #require(row.indices.max { row[$0] < row[$1] || (row[$0] == row[$1] && $0 > $1) })
            if member.tokenizer.roles[best] == .endOfText { break }
            ids.append(TokenID(best))
            try read(TokenID(best))
        }
        return ids
    }

    @Test func oneMemberAnswersAsPlainDecodingDoes() throws {
        for (member, opening) in try Self.members() {
            let ids = try greedy(member, opening, maxTokens: 40)
            var expected = ids.flatMap { member.tokenizer.tokenBytes[$0.index] }
            if opening.opensWithSpace, expected.first == 0x20 { expected.removeFirst() }
            let engine = DecodingEngine(composition: try Composition(members: [member]), pool: SmallMembers.pool)
            let found = try engine.generate(
                prompt: [], weights: [1], openings: [opening], options: GenerationOptions(maxTokens: 40))
            #expect(found.text == expected)
            #expect(found.finish == (ids.count < 40 ? .end : .length))
            #expect(!found.text.isEmpty && found.text.first != 0x20, "\(member.name)")
        }
    }

    @Test func oneHotIsTheMemberBitForBit() throws {
        let members = try Self.members()
        let composition = try Composition(members: members.map(\.0))
        let engine = DecodingEngine(composition: composition, pool: SmallMembers.pool)
        for index in members.indices {
            let alone = DecodingEngine(
                composition: try Composition(members: [members[index].0]), pool: SmallMembers.pool)
            for seed in 0..<4 {
                let options = GenerationOptions(
                    maxTokens: 30, sampling: SamplerSettings(temperature: seed == 0 ? 0 : 1, seed: UInt64(seed)))
                let weights = members.indices.map { $0 == index ? 1.0 : 0 }
                let found = try engine.generate(
                    prompt: [], weights: weights, openings: members.map(\.1), options: options)
                let expected = try alone.generate(
                    prompt: [], weights: [1], openings: [members[index].1], options: options)
                #expect(found.text == expected.text && found.finish == expected.finish)
            }
        }
    }

    /// Members whose prompts leave off differently agree on the first word, and on the end of the turn.
    @Test func membersWithDifferentTemplatesAnswerTogether() throws {
        let members = try Self.members()
        let engine = DecodingEngine(composition: try Composition(members: members.map(\.0)), pool: SmallMembers.pool)
        let starts = SmallMembers.texts.map { String(decoding: $0.dropLast(), as: UTF8.self) }
        for weights in [[1.0, 1, 1], [0.2, 0.6, 0.2], [0.5, 0.5, 0]] {
            let found = try engine.generate(
                prompt: [], weights: weights, openings: members.map(\.1), options: GenerationOptions(maxTokens: 80))
            let text = String(decoding: found.text, as: UTF8.self)
            #expect(starts.contains { $0.prefix(7) == text.prefix(7) }, "\(text)")
            #expect(found.finish == .end)
        }
        // Plain text afterwards is read as ever.
        let prompt = Array("the cat".utf8)
        let fresh = DecodingEngine(composition: try Composition(members: members.map(\.0)), pool: SmallMembers.pool)
        let options = GenerationOptions(maxTokens: 20)
        #expect(
            try engine.generate(prompt: prompt, weights: [1, 1, 1], options: options).text
                == fresh.generate(prompt: prompt, weights: [1, 1, 1], options: options).text)
    }

    /// Over bytes the answer goes on the conversation too: the likeliest bytes, one by one.
    /// Members with templates of their own answer together; one whose answer would not begin as its texts do has all
    /// write over symbols.
    @Test func hybridGoesOnAConversation() throws {
        func text(_ entries: [(Member, ChatOpening)], _ mode: AlignmentSettings.Mode) throws -> Generated {
            let composition = try Composition(members: entries.map(\.0), alignment: AlignmentSettings(mode: mode))
            return try DecodingEngine(composition: composition, pool: SmallMembers.pool).generate(
                prompt: [], weights: [0.4, 0.6], openings: entries.map(\.1), options: GenerationOptions(maxTokens: 12))
        }
        let first = try Self.member("a", chatML, Self.byteLevel())
        let second = try Self.member("b", plain, Self.byteLevel())
        let hybrid = try text([first, second], .hybrid)
        #expect(!hybrid.text.isEmpty && hybrid.members.allSatisfy { $0.evaluations > 0 })
        #expect(try text([first, second], .hybrid).text == hybrid.text)
        let odd = try Self.member("spm", chatML, Self.sentencePiece())
        #expect(try text([first, odd], .hybrid).text == text([first, odd], .union).text)
    }

    /// Where `hybrid` writes over symbols, weights follow the answer as they do with `union`.
    @Test func weightsFollowAnAnswerOverSymbols() throws {
        let entries = [
            try Self.member("a", chatML, Self.byteLevel()), try Self.member("spm", chatML, Self.sentencePiece()),
        ]
        let moving = PoolDimensions(recencyShare: 0.05, recencyRate: 1)
        let found = try [AlignmentSettings.Mode.union, .hybrid].map { mode in
            let composition = try Composition(
                members: entries.map(\.0), alignment: AlignmentSettings(mode: mode),
                pool: PoolSettings(dimensions: moving))
            return try DecodingEngine(composition: composition, pool: SmallMembers.pool).generate(
                prompt: [], weights: [0.4, 0.6], openings: entries.map(\.1), options: GenerationOptions(maxTokens: 8))
        }
        let weights = try #require(found[0].weights)
        #expect(weights.allSatisfy(\.isFinite) && weights != [0.4, 0.6])
        #expect(found[1].weights == weights && found[1].text == found[0].text)
    }

    @Test func bytesGoOnAConversation() throws {
        func engine(_ member: Member) throws -> DecodingEngine {
            DecodingEngine(
                composition: try Composition(members: [member], alignment: AlignmentSettings(mode: .bytes)),
                pool: SmallMembers.pool)
        }
        for source in [chatML, plain] {
            let (member, opening) = try Self.member("bytes", source, Self.byteLevel())
            let lattice = ByteLattice(member: member, pool: SmallMembers.pool)
            try lattice.start([], prefix: opening.tokens)
            var expected: [UInt8] = []
            while expected.count < 12 {
                let row = try #require(try lattice.row())
                let best = try #require(row.indices.max { row[$0] < row[$1] || (row[$0] == row[$1] && $0 > $1) })
                guard let byte = UInt8(exactly: best) else { break }
                expected.append(byte)
                try lattice.push(byte)
            }
            let found = try engine(member).generate(
                prompt: [], weights: [1], openings: [opening], options: GenerationOptions(maxTokens: 40))
            #expect(!expected.isEmpty && found.text.starts(with: expected))
        }
        let (member, opening) = try Self.member("spm", chatML, Self.sentencePiece())
        #expect(throws: CompositionError.self) {
            try engine(member).generate(prompt: [], weights: [1], openings: [opening])
        }
    }

    @Test func aFullWindowStopsOrSlides() throws {
        let (member, opening) = try Self.member("chatml", chatML, Self.byteLevel())
        let short = Member(
            name: "short",
            model: NGramModel(
                texts: [opening.tokens + opening.tokens], vocabularySize: member.tokenizer.vocabularySize, order: 2,
                contextLength: opening.tokens.count + 3, addK: 0.01), tokenizer: member.tokenizer)
        let engine = DecodingEngine(composition: try Composition(members: [short]), pool: SmallMembers.pool)
        var options = GenerationOptions(maxTokens: 30)
        let stopped = try engine.generate(prompt: [], weights: [1], openings: [opening], options: options)
        #expect(stopped.finish == .context && stopped.tokenCount == 4)
        options.contextPolicy = .slide
        let slid = try engine.generate(prompt: [], weights: [1], openings: [opening], options: options)
        #expect(slid.tokenCount > 4 && slid.finish != .context)
        #expect(throws: CompositionError.self) {
            try engine.generate(prompt: [], weights: [1], openings: [opening, opening])
        }
    }
}
