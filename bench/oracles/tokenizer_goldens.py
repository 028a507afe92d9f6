"""Writes the tokenizer fixtures of Tests/Fixtures/tokenizers: tiny tokenizers of every kind, trained on text that this
script writes, and what the reference libraries make of a list of strings.

    pip install tokenizers==0.22.2 sentencepiece==0.2.3 gguf==0.19.0
    python bench/oracles/tokenizer_goldens.py

`tokenizer_compare.py` compares whole tokenizers with their references.
"""

import argparse
import hashlib
import io
import json
import pathlib
import random
import tempfile

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "tokenizers"

NAMES = "Oren Mira Talis Bodo Wenna Istar Quill Hesper Jun Pela".split()
VERBS = "carries mends sells paints hides weighs names follows warms counts".split()
THINGS = "lantern barley copper thimble harbour lichen kettle almanac ribbon owl".split()
PLACES = "the old mill,by the river,under the bridge,in Vellamo,at dawn,beyond the hills,near the well".split(",")

ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", " ", "  ", "    ", "\n", "\t", "\r\n",
    ".,;:!?'\"()[]{}-_/\\@#$%^&*+=~`|<>", "àéîõüßçñøåÀÉÎ", "абвгдежзийклмнопрст", "αβγδεζηθς", "中文字符测试日本語漢字",
    "ひらがなカタカナー", "한국어테스트", "العربية", "עברית", "हिन्दी", "ไทย", "\u0301\u0302\u0308\u0327\u0323",
    "😀🦙👍🏽👨‍👩‍👧🇩🇪", "\u0000\u0001\u0007\u001b\u007f\u0085", "\u00a0\u2003\u200b\u200d\u3000\ufeff\u2028",
    "ﬁﬂ①②½¼Ⅷ™ｆｕｌｌ", "▁_ĠĊ", "\u1161\u11a8\u1100가각", "𝒜𝓑𐍈𠀀", "İıſẞǅ",
]


def corpus(seed=7, lines=4000):
    chance = random.Random(seed)
    text = []
    for _ in range(lines):
        line = f"{chance.choice(NAMES)} {chance.choice(VERBS)} {chance.randint(1, 250)} {chance.choice(THINGS)}s {chance.choice(PLACES)}."
        if chance.random() < 0.1:
            line += " «Été», said she; it's déjà vu, isn't it?"
        text.append(line)
    return text


def random_text(chance, extra=()):
    kind, count, parts = chance.random(), chance.randint(0, 24), []
    words = NAMES + VERBS + THINGS
    if kind < 0.35:
        parts = [chance.choice(words) + chance.choice([" ", " ", ", ", ". ", "  ", "\n", "'s "]) for _ in range(count)]
    elif kind < 0.75:
        for _ in range(count):
            alphabet = chance.choice(ALPHABETS)
            parts.append("".join(chance.choice(alphabet) for _ in range(chance.randint(1, 5))))
    elif kind < 0.85:
        planes = [(1, 0x2FF), (0x300, 0xFFF), (0x1000, 0x2FFF), (0x3000, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x1FFFF)]
        parts = [chr(chance.randint(*chance.choice(planes))) for _ in range(count)]
    elif kind < 0.95 and extra:
        parts = [chance.choice([*extra, chance.choice(words), " ", "a", "▁"]) for _ in range(count)]
    else:
        parts = [chance.choice("abcdefghij") for _ in range(chance.randint(50, 200))]
    return "".join(parts)


FIXED = [
    "", " ", "  ", "\n", "\n\n", " a", "a ", "a  b", "Oren sells 12 lanterns at dawn.", "  Mira  mends\n\n  it's  ",
    "isn't IT'S we'LL", "123456789 1,234.5", "e\u0301\u0327 é", "ﬁx ½ Ⅷ", "日本語テキスト", "🦙👨‍👩‍👧🇩🇪", "a\u0000b", "▁▁a▁b",
    "<s> hello</s>", "<|end|>x <|end|>", "  <mask> x", "word.word,word;word", "snake_case_name", "\u3000\u00a0x",
    "ς Σ İ ẞ", "\u1112\u1161\u11ab\uAC00\u11a8", "a\u200db", "\ufeffx", "zzzzzzzzzzzzzzzzzzzzzzzz", "<0x41> <0x0A>",
]


def byte_offsets(text, offsets):
    table = [0]
    for character in text:
        table.append(table[-1] + len(character.encode()))
    return [[table[a], table[b]] for a, b in offsets]


def write(name, tokenizer, seed, extra=(), count=50):
    chance = random.Random(seed)
    tokenizer.save(str(FIXTURES / f"{name}.json"), pretty=False)
    tokenizer = Tokenizer.from_file(str(FIXTURES / f"{name}.json"))
    cases = []
    for text in FIXED + [random_text(chance, extra) for _ in range(count)]:
        full = tokenizer.encode(text)
        plain = tokenizer.encode(text, add_special_tokens=False)
        cases.append({
            "text": text, "ids": plain.ids, "special": full.ids, "offsets": byte_offsets(text, plain.offsets),
            "decoded": tokenizer.decode(plain.ids, skip_special_tokens=False),
        })
    dump(name, cases)


def dump(name, cases):
    with io.open(FIXTURES / f"{name}.cases.json", "w", encoding="utf-8") as file:
        file.write("[" + ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases) + "]\n")


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=420, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<|end|>"])
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.add_tokens([AddedToken("    ", normalized=True), AddedToken("<mask>", lstrip=True, rstrip=True),
                          AddedToken("owl", single_word=True)])
    write("byte-level", tokenizer, 1, ["<|end|>", "    ", "<mask>", "owl"])


def regex_split():
    pattern = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<s>", "</s>"])
    tokenizer.train_from_iterator(corpus(8), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    write("regex-split", tokenizer, 2, ["<s>", "</s>"])


def byte_fallback():
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=420, special_tokens=special, limit_alphabet=60)
    # Trained word by word, as SentencePiece does; used without a pre-tokenizer, as Llama is.
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    tokenizer.train_from_iterator(corpus(9), trainer)
    data = json.loads(tokenizer.to_str())
    data["pre_tokenizer"] = None
    data["added_tokens"] = data["added_tokens"][:3]
    data["decoder"] = {"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
    tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    write("byte-fallback", tokenizer, 3, ["<s>", "</s>"])


def metaspace():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Strip()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="first")
    tokenizer.train_from_iterator(corpus(10), trainers.BpeTrainer(vocab_size=200, special_tokens=["<unk>", "<s>"]))
    write("metaspace", tokenizer, 4, ["<s>"])


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Nmt(), normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(),
        normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=250, special_tokens=["<unk>", "<pad>"], unk_token="<unk>")
    tokenizer.train_from_iterator(corpus(11), trainer)
    write("unigram", tokenizer, 5, ["<pad>"])


def unigram_bytes():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Metaspace(prepend_scheme="never"), pre_tokenizers.Split(Regex(r"\n"), "isolated"),
        pre_tokenizers.Digits(individual_digits=True)])
    trainer = trainers.UnigramTrainer(vocab_size=200, special_tokens=["<unk>"], unk_token="<unk>")
    tokenizer.train_from_iterator(corpus(12), trainer)
    data = json.loads(tokenizer.to_str())
    model = data["model"]
    model["vocab"][1:1] = [[f"<0x{byte:02X}>", 0.0] for byte in range(256)]
    model["byte_fallback"] = True
    data["decoder"] = {"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]}
    write("unigram-bytes", Tokenizer.from_str(json.dumps(data)), 6)


def word_piece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=40))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    trainer = trainers.WordPieceTrainer(vocab_size=300, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    tokenizer.train_from_iterator(corpus(13), trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    write("word-piece", tokenizer, 7, ["[CLS]", "[SEP]"])


def word_level():
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(corpus(14), trainers.WordLevelTrainer(vocab_size=120, special_tokens=["<unk>"]))
    write("word-level", tokenizer, 8)


def parts():
    """One character-level tokenizer for each remaining pre-tokenizer, to see where it cuts."""
    characters = sorted({c for line in corpus(15) for c in line} | set("▁#|"))
    steps = {
        "punctuation-isolated": pre_tokenizers.Punctuation("isolated"),
        "punctuation-contiguous": pre_tokenizers.Punctuation("contiguous"),
        "digits": pre_tokenizers.Digits(individual_digits=False),
        "delimiter": pre_tokenizers.CharDelimiterSplit("e"),
        "scripts": pre_tokenizers.UnicodeScripts(),
        "whitespace-split": pre_tokenizers.WhitespaceSplit(),
        "fixed-length": pre_tokenizers.FixedLength(length=4),
        "metaspace-whole": pre_tokenizers.Metaspace(split=False),
        "byte-level-prefix": pre_tokenizers.Sequence([pre_tokenizers.ByteLevel(), pre_tokenizers.Digits()]),
    }
    for behavior in ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]:
        steps[f"split-{behavior}"] = pre_tokenizers.Split(Regex(r"\s|[aeiou]"), behavior)
        steps[f"split-{behavior}-invert"] = pre_tokenizers.Split(Regex(r"\s|[aeiou]+"), behavior, invert=True)
    chance = random.Random(99)
    texts = FIXED + [random_text(chance) for _ in range(20)]
    cases = []
    for name, step in steps.items():
        vocabulary = {"<unk>": 0}
        tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
        tokenizer.pre_tokenizer = step
        for text in texts:
            for piece, _ in step.pre_tokenize_str(text):
                if piece and len(vocabulary) < 150:
                    vocabulary.setdefault(piece, len(vocabulary))
        tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
        tokenizer.pre_tokenizer = step
        cases.append({
            "name": name, "tokenizer": json.loads(tokenizer.to_str()),
            "cases": [{"text": text, "ids": tokenizer.encode(text).ids} for text in texts]})
    dump("parts", cases)


def unicode_versions():
    """Normalizers where the reference's tables of Unicode are older or newer than others', over bytes, which show all."""
    vocabulary = {"<unk>": 0, **{f"<0x{byte:02X}>": byte + 1 for byte in range(256)}}
    steps = {
        "Lowercase": normalizers.Lowercase(), "StripAccents": normalizers.StripAccents(),
        "BERT": normalizers.BertNormalizer(), "nested classes": normalizers.Replace(Regex(r"[\p{L}&&[^a-m]]|[0-4[7-9]]"), "_"),
    }
    texts = [
        "\u1c89\ua7cb\ua7dc\U00010d50\U00016ea0", "e\u07fd\u0afa\u0c04", "x\u0890\u08e2\U000110cd\u00ady", "e\u1ab0\u1885\U0001e944",
        "éabcxyz059", "ẞİ\u0307",
    ]
    cases = []
    for name, step in steps.items():
        tokenizer = Tokenizer(models.BPE(vocabulary, [], unk_token="<unk>", byte_fallback=True))
        tokenizer.normalizer = step
        cases.append({"name": name, "tokenizer": json.loads(tokenizer.to_str()),
                      "cases": [{"text": text, "ids": tokenizer.encode(text).ids} for text in texts]})
    dump("unicode-versions", cases)


def sentence_piece():
    import gguf
    import sentencepiece

    # A charsmap of a few rules; the full NFKC table is a quarter of a megabyte.
    rules = pathlib.Path(tempfile.mkdtemp()) / "rules.tsv"
    pairs = {"ﬁ": "fi", "½": "1⁄2", "Ⅷ": "VIII", "ｆ": "f", "\u3000": " ", "\u00a0": " ", "e\u0301": "é", "\t": " ", "\n": " "}
    rules.write_text("".join(
        " ".join(f"{ord(c):04X}" for c in a) + "\t" + " ".join(f"{ord(c):04X}" for c in b) + "\n" for a, b in pairs.items()))
    for kind, flags in {
        "bpe": dict(model_type="bpe", byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False),
        "unigram": dict(model_type="unigram", normalization_rule_tsv=str(rules), user_defined_symbols=["<sep>"]),
    }.items():
        stream = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(corpus(16)), model_writer=stream, vocab_size=420 if kind == "bpe" else 200,
            hard_vocab_limit=False, minloglevel=2, **flags)
        path = FIXTURES / f"sentencepiece-{kind}.model"
        path.write_bytes(stream.getvalue())
        model = sentencepiece.SentencePieceProcessor(model_file=str(path))
        chance = random.Random(17)
        cases = []
        for text in FIXED + [random_text(chance, ["<sep>"]) for _ in range(50)]:
            ids = model.encode(text)
            cases.append({"text": text, "ids": ids, "decoded": model.decode(ids)})
        dump(f"sentencepiece-{kind}", cases)
        if kind != "bpe":
            continue
        writer = gguf.GGUFWriter(str(FIXTURES / "sentencepiece-bpe.gguf"), "llama")
        size = model.get_piece_size()
        writer.add_tokenizer_model("llama")
        writer.add_token_list([model.id_to_piece(i).encode() for i in range(size)])
        writer.add_token_scores([model.get_score(i) for i in range(size)])
        writer.add_token_types([
            2 if model.is_unknown(i) else 3 if model.is_control(i) else 6 if model.is_byte(i) else 1 for i in range(size)])
        writer.add_bos_token_id(model.bos_id())
        writer.add_eos_token_id(model.eos_id())
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.close()


def pairs():
    """Two texts with every post-processor."""
    vocabulary = {token: index for index, token in enumerate(["<unk>", "<s>", "</s>", "|", "Oren", "mends", "a", "kettle", "."])}
    special = [("<s>", 1), ("</s>", 2), ("|", 3)]
    steps = {
        "none": None,
        "bert": processors.BertProcessing(("</s>", 2), ("<s>", 1)),
        "roberta": processors.RobertaProcessing(("</s>", 2), ("<s>", 1)),
        "byte-level": processors.ByteLevel(trim_offsets=False),
        "template": processors.TemplateProcessing(single="<s> $A", pair="<s> $A | $B:1 </s>:1", special_tokens=special),
        "template-turned": processors.TemplateProcessing(single="$A </s>", pair="$B:1 | | $A", special_tokens=special),
        "template-single": processors.TemplateProcessing(single="<s> $A </s>", special_tokens=special),
        "sequence": processors.Sequence([
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(single="<s> $A", pair="<s> $A </s> $B", special_tokens=special)]),
    }
    texts = ["", "Oren", "Oren mends a kettle .", "a kettle", "mends mends |"]
    cases = []
    for name, step in steps.items():
        tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        if step:
            tokenizer.post_processor = step
        cases.append({"name": name, "tokenizer": json.loads(tokenizer.to_str()), "cases": [
            {"text": first, "second": second, "ids": tokenizer.encode(first, second).ids}
            for first in texts for second in texts]})
    dump("pairs", cases)


def long_words():
    """What the libraries make of words of 8 kB, as the first eight bytes of digests: of the ids written with
    spaces between them, and of the decoded text."""
    import sentencepiece

    units = [alphabet * 3 for alphabet in ALPHABETS] + [
        "a", "ab", "the of and swarm particle weight token".replace(" ", ""), "Oren", "lanternharbour", "0", "aé", "e\u0301",
        "中", "🦙👍🏽", "▁", "x" * 40 + "y", "qzjx", "Oren mends 12 lanterns. ", "\n", " ", "."]
    def digest(text):
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    cases = []
    for name in sorted(path.name for path in FIXTURES.iterdir()):
        if name.endswith(".model"):
            model = sentencepiece.SentencePieceProcessor(model_file=str(FIXTURES / name))
            encode, decode = model.encode, model.decode
        elif name.endswith(".json") and not name.endswith(".cases.json") and name != "long-words.json":
            model = Tokenizer.from_file(str(FIXTURES / name))
            encode, decode = (lambda text: model.encode(text, add_special_tokens=False).ids), model.decode
        else:
            continue
        for unit in units:
            count = 8_000 // len(unit.encode())
            ids = encode(unit * count)
            cases.append({
                "file": name, "unit": unit, "count": count, "tokens": len(ids),
                "ids": digest(" ".join(map(str, ids))), "decoded": digest(decode(ids))})
    dump("long-words", cases)


def main():
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for make in (byte_level, regex_split, byte_fallback, metaspace, unigram, unigram_bytes, word_piece, word_level, parts,
                 unicode_versions, sentence_piece, pairs, long_words):
        make()


if __name__ == "__main__":
    main()
