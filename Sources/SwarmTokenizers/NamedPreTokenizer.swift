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
    var normalizer: NormalizationForm?

    private static let gpt2 = TokenizerJSONParts.gpt2Pattern
    private static let contractions = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)"#
    private static let spaces = #"\s*[\r\n]+|\s+(?!\S)|\s+"#

    /// cl100k's form, with digits as `digits`.
    private static func modern(_ digits: String) -> String {
        #"\#(contractions)|[^\r\n\p{L}\p{N}]?\p{L}+|\#(digits)| ?[^\s\p{L}\p{N}]+[\r\n]*|\#(spaces)"#
    }

    /// o200k's form, which cuts between lower and upper case.
    private static func cased(_ ending: String, _ digits: String) -> String {
        let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
        let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
        let first = #"[^\r\n\p{L}\p{N}]?"#
        return
            #"\#(first)\#(upper)*\#(lower)+\#(ending)|\#(first)\#(upper)+\#(lower)*\#(ending)|\#(digits)"#
            + #"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\#(spaces)"#
    }

    private static let table: [String: NamedPreTokenizer] = {
        var table: [String: NamedPreTokenizer] = [:]
        func add(_ names: [String], _ pre: NamedPreTokenizer) { for name in names { table[name] = pre } }
        let punctuation = #"[\p{P}\$\+<=>\^~\|`]+"#
        add(["default", ""], NamedPreTokenizer(patterns: [punctuation, gpt2, #"\p{N}+"#, "[0-9][0-9][0-9]"]))
        add(["falcon"], NamedPreTokenizer(patterns: [punctuation, gpt2, "[0-9][0-9][0-9]"]))
        add(
            [
                "gpt-2", "phi-2", "jina-es", "jina-de", "jina-v1-en", "jina-v2-es", "jina-v2-de", "jina-v2-code",
                "gigachat", "roberta-bpe", "mpt", "olmo", "jais", "exaone4", "mellum", "modern-bert", "a.x-4.0",
                "trillion", "granite-docling", "gpt-neox",
            ], NamedPreTokenizer(patterns: [gpt2]))
        add(
            ["starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b"],
            NamedPreTokenizer(patterns: [#"\p{N}"#, gpt2]))
        let llama3 = NamedPreTokenizer(patterns: [modern(#"\p{N}{1,3}"#)], ignoresMerges: true, addsBOS: true)
        add(["llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2"], llama3)
        add(["dbrx", "smaug-bpe", "chatglm-bpe", "glm4"], NamedPreTokenizer(patterns: [modern(#"\p{N}{1,3}"#)]))
        add(
            ["qwen2", "stablelm2", "deepseek-r1-qwen", "megrez", "kormo", "grok-2", "hunyuan"],
            NamedPreTokenizer(patterns: [modern(#"\p{N}"#)]))
        let digitsOrMore = #"\p{N}{1,3}"#
        add(["gpt-4o", "llama4"], NamedPreTokenizer(patterns: [cased(contractions + "?", digitsOrMore)]))
        add(
            ["tekken"],
            NamedPreTokenizer(patterns: [cased("", #"\p{N}"#)], ignoresMerges: true, addsBOS: true))
        add(
            ["deepseek-llm"],
            NamedPreTokenizer(patterns: [
                #"[\r\n]"#, #"\s?\p{L&}+"#, #"\s?[!-/:-~！-／：-～‘-‟　-。]+"#, #"\s+$"#, "[一-龥ࠀ-一가-\u{D7FF}]+",
                #"\p{N}"#,
            ]))
        add(
            ["deepseek-coder"],
            NamedPreTokenizer(patterns: [
                #"[\r\n]"#, #"\s?\p{L}+"#, #"\s?\p{P}+"#, "[一-龥ࠀ-一가-\u{D7FF}]+", #"\p{N}"#,
            ]))
        add(
            ["deepseek-v3", "hunyuan-dense"],
            NamedPreTokenizer(patterns: [
                #"\p{N}{1,3}"#, "[一-龥぀-ゟ゠-ヿ]+",
                ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##
                    + #"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
            ]))
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
        add(
            ["superbpe"],
            NamedPreTokenizer(patterns: [#"\p{N}+"#, #"(?=(\d{3})+(?!\d))"#], cuts: false))
        add(
            ["chameleon"],
            NamedPreTokenizer(
                patterns: [
                    "<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", #"([\t\n]|    |  )"#, #"\p{N}"#,
                    #"[\p{P}!-/:-@\[-`{-~]"#, gpt2,
                ], addsBOS: true))
        return table
    }()

    /// The pre-tokenizer called `name`; nil where it is not known.
    static func named(_ name: String) -> NamedPreTokenizer? { table[name] }

    /// The names known, for messages.
    static var names: [String] { table.keys.filter { !$0.isEmpty }.sorted() }
}
