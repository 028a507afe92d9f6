/// The pre-tokenizers that GGUF files refer to by name (`tokenizer.ggml.pre`), as the models' own tokenizer.json files
/// spell them.
struct NamedPreTokenizer: Sendable {
    /// Splits applied one after another; what matches and what lies between are pieces.
    var patterns: [String]
    /// A word that is in the vocabulary is one token.
    var ignoresMerges = false
    /// Whether BOS is put in front where the file does not say.
    var addsBOS = false
    /// Whether text is always cut before a space between letters.
    var cuts = true
    /// Numbers are cut in threes from their right end, after the patterns so far: where in `patterns` that happens.
    var digitGroupsAfter: Int?
    /// Numbers are not cut in threes where a letter follows.
    var groupsNeedBoundary = false
    /// SentencePiece's spelling instead of byte-level letters: ▁ for a space, `<0xNN>` for the bytes of what has no
    /// piece.
    var spellsSpaces = false
    /// A run of newlines that is in the vocabulary is one token.
    var keepsNewlineRuns = false

    private static let gpt2 = TokenizerJSONParts.gpt2Pattern
    private static let contractions = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)"#
    private static let spaces = #"\s*[\r\n]+|\s+(?!\S)|\s+"#

    /// cl100k's form, with digits as `digits`.
    private static func modern(_ digits: String) -> String {
        #"\#(contractions)|[^\r\n\p{L}\p{N}]?\p{L}+|\#(digits)| ?[^\s\p{L}\p{N}]+[\r\n]*|\#(spaces)"#
    }

    /// The main pattern of DeepSeek V3 and those like it.
    private static func punctuated(_ marks: String) -> String {
        ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##
            + #"| ?[\p{P}\p{S}]+"# + marks
    }

    /// o200k's form, which cuts between lower and upper case.
    /// - Parameter ideographs: whether those are words of their own, as in Kimi K2.
    private static func cased(_ ending: String, _ digits: String, ideographs: Bool = false) -> String {
        let bare = ideographs ? #"(?!\p{Han})"# : ""
        let upper = #"(?:\#(bare)[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])"#
        let lower = #"(?:\#(bare)[\p{Ll}\p{Lm}\p{Lo}\p{M}])"#
        let first = #"[^\r\n\p{L}\p{N}]?"#
        return (ideographs ? #"\p{Han}+|"# : "")
            + #"\#(first)\#(upper)*\#(lower)+\#(ending)|\#(first)\#(upper)+\#(lower)*\#(ending)|\#(digits)"#
            + #"| ?[^\s\p{L}\p{N}]+[\r\n\#(ideographs ? "" : "/")]*|\#(spaces)"#
    }

    private static let han = "[一-龥ࠀ-一가-\u{D7FF}]+"

    private static let table: [String: NamedPreTokenizer] = {
        var table: [String: NamedPreTokenizer] = [:]
        func add(_ names: [String], _ pre: NamedPreTokenizer) { for name in names { table[name] = pre } }
        let punctuation = #"[\p{P}\$\+<=>\^~\|`]+"#
        add(
            ["default", ""],
            NamedPreTokenizer(patterns: [#"[\p{P}\$\+<=>\^~\|]+"#, gpt2, #"\p{N}+"#, "[0-9][0-9][0-9]"]))
        add(["falcon"], NamedPreTokenizer(patterns: [punctuation, gpt2, "[0-9][0-9][0-9]"]))
        add(
            [
                "gpt-2", "phi-2", "jina-es", "jina-de", "jina-v1-en", "jina-v2-es", "jina-v2-de", "jina-v2-code",
                "gigachat", "roberta-bpe", "mpt", "olmo", "jais", "exaone4", "mellum", "modern-bert", "a.x-4.0",
                "trillion", "granite-docling", "gpt-neox",
            ], NamedPreTokenizer(patterns: [gpt2]))
        add(
            ["starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2"],
            NamedPreTokenizer(patterns: [#"\p{N}"#, gpt2]))
        let threeDigits = #"\p{N}{1,3}"#
        let llama3 = NamedPreTokenizer(patterns: [modern(threeDigits)], ignoresMerges: true, addsBOS: true)
        add(
            ["llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano"],
            llama3)
        add(["dbrx", "smaug-bpe", "chatglm-bpe", "glm4"], NamedPreTokenizer(patterns: [modern(threeDigits)]))
        add(["minicpm5"], NamedPreTokenizer(patterns: [threeDigits, modern(#"\p{N}+"#)], ignoresMerges: true))
        let runs = [512, 256, 128, 64, 32, 16, 8, 4].map { #"\s{\#($0)}(?!\S)"# }.joined(separator: "|")
        add(
            ["jais-2"],
            NamedPreTokenizer(patterns: [
                #"\#(contractions)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"#
                    + #"|\#(runs)|\s{1,2}(?!\S)|\s{1}"#
            ]))
        add(
            [
                "qwen2", "stablelm2", "deepseek-r1-qwen", "megrez", "kormo", "grok-2", "hunyuan", "f2llmv2",
                "solar-open",
            ],
            NamedPreTokenizer(patterns: [modern(#"\p{N}"#)]))
        add(["laguna"], NamedPreTokenizer(patterns: [#"[^\n]+|\n+"#, modern(#"\p{N}"#)]))
        let words = #"[^\r\n\p{L}\p{N}]?"#
        add(
            ["ufakzeka"],
            NamedPreTokenizer(patterns: [#"\#(words)\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\#(spaces)"#]))
        add(
            ["qwen35"],
            NamedPreTokenizer(patterns: [
                #"\#(contractions)|\#(words)[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\#(spaces)"#
            ]))
        add(
            ["exaone-moe"],
            NamedPreTokenizer(
                patterns: [
                    #"\#(contractions)|\#(words)(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?"#
                        + #"|\s*[\r\n]|\s+(?!\S)|\s+"#
                ], cuts: false))
        let o200k = NamedPreTokenizer(patterns: [cased(contractions + "?", threeDigits)])
        add(["gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"], o200k)
        add(["granite-embed-multi-97m"], NamedPreTokenizer(patterns: o200k.patterns, ignoresMerges: true))
        add(
            ["tiny_aya", "cohere2moe"],
            NamedPreTokenizer(
                patterns: [#"\d++(?!\w)"#] + o200k.patterns, digitGroupsAfter: 1, groupsNeedBoundary: true))
        add(
            ["tekken"],
            NamedPreTokenizer(patterns: [cased("", #"\p{N}"#)], ignoresMerges: true, addsBOS: true))
        add(
            ["youtu"],
            NamedPreTokenizer(
                patterns: [
                    "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+", cased(contractions + "?", #"\p{N}"#),
                ],
                ignoresMerges: true))
        add(["kimi-k2"], NamedPreTokenizer(patterns: [cased(contractions + "?", threeDigits, ideographs: true)]))
        // The letters of the model's own list: those with case, without the blocks that it leaves out.
        let listed =
            #"(?:(?![ⴀ-ⴭꞐ-\x{AB6F}\x{10570}-\x{105BC}\x{16E40}-\x{16E7F}\x{1D400}-\x{1D7CB}\x{1DF00}-\x{1DF2A}])\p{L&})"#
        add(
            ["deepseek-llm"],
            NamedPreTokenizer(patterns: [
                #"[\r\n]"#, #"\s?\#(listed)+"#, #"\s?[!-/:-~！-／：-～‘-‟　-。]+"#, #"\s+$"#, han, #"\p{N}"#,
            ]))
        add(
            ["deepseek-coder"],
            NamedPreTokenizer(patterns: [#"[\r\n]"#, #"\s?\p{L}+"#, #"\s?\p{P}+"#, han, #"\p{N}"#]))
        let kana = "[一-龥぀-ゟ゠-ヿ]+"
        add(
            ["deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"],
            NamedPreTokenizer(patterns: [threeDigits, kana, punctuated(#"[\r\n]*|\#(spaces)"#)]))
        add(
            ["spark2_5"],
            NamedPreTokenizer(patterns: [
                threeDigits, kana, punctuated(#"|[\r\n]|\s+(?!\S)|\s+"#), #"\p{N}"#,
            ]))
        add(
            ["afmoe"],
            NamedPreTokenizer(
                patterns: [
                    #"\p{Nd}+"#,
                    "[一-鿿㐀-䶿\u{8C48}-\u{FAFF}぀-ゟ゠-ヿ･-ﾟ⼀-\u{2FDF}"
                        + "เ-\u{E7F}\u{E80}-\u{EFF}ក-\u{17FF}က-႟ꩠ-ꩿꧠ-\u{A9FF}가-\u{D7AF}ᄀ-ᇿ]+",
                    punctuated(#"[\r\n]*|\#(spaces)"#),
                ], digitGroupsAfter: 1))
        let bloom = #" ?[^(\s|.,!?…。，、।۔،)]+"#
        add(["bloom", "poro-chat", "gpt3-finnish"], NamedPreTokenizer(patterns: [bloom]))
        add(["viking"], NamedPreTokenizer(patterns: [bloom, #"\p{N}"#]))
        add(
            ["bailingmoe", "bailingmoe2", "llada-moe"],
            NamedPreTokenizer(patterns: [
                #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#
            ]))
        add(
            ["seed-coder"],
            NamedPreTokenizer(patterns: [
                #"\#(contractions)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\#(spaces)"#
            ]))
        add(["superbpe"], NamedPreTokenizer(patterns: [#"\p{N}+"#], cuts: false, digitGroupsAfter: 1))
        add(
            ["chameleon"],
            NamedPreTokenizer(
                patterns: [
                    "<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", #"([\t\n]|    |  )"#, #"\p{N}"#,
                    #"[\p{P}!-/:-@\[-`{-~]"#, gpt2,
                ], addsBOS: true))
        let lines = #"[^\n]+|\n+"#
        add(
            ["gemma4", "granite-embed-multi-311m"],
            NamedPreTokenizer(
                patterns: [lines], addsBOS: true, cuts: false, spellsSpaces: true, keepsNewlineRuns: true))
        add(["sarvam-moe"], NamedPreTokenizer(patterns: [lines], cuts: false, spellsSpaces: true))
        return table
    }()

    /// The steps that cut text; nil and the reason where a pattern does not compile.
    func steps() -> (steps: [PreTokenizer]?, problem: String) {
        var steps: [PreTokenizer] = []
        for (index, pattern) in patterns.enumerated() {
            if digitGroupsAfter == index { steps.append(.digitGroups(needsBoundary: groupsNeedBoundary)) }
            let (expression, problem) = RegularExpression.compile(pattern)
            guard let expression else { return (nil, problem) }
            steps.append(.split(.regex(expression), .isolated, invert: false))
        }
        if digitGroupsAfter == patterns.count { steps.append(.digitGroups(needsBoundary: groupsNeedBoundary)) }
        return (steps, "")
    }

    /// The pre-tokenizer called `name`; nil where it is not known.
    static func named(_ name: String) -> NamedPreTokenizer? { table[name] }

    /// The names known, for messages.
    static var names: [String] { table.keys.filter { !$0.isEmpty }.sorted() }
}
