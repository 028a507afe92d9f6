"""Compares ids and decoded text with the library `tokenizers` over random strings, for every model, normalizer,
pre-tokenizer, post-processor and decoder that it documents, each in a small tokenizer of its own.

    pip install tokenizers==0.22.2 sentencepiece==0.2.3
    python bench/oracles/tokenizer_parts.py --tool .build/release/tokenswarm --count 10000 [NAME…]

Prints for each how many strings give the same ids, and how many arrays of ids, encoded and random ones, give the same text
with and without special tokens. With --show the first differences.
"""

import argparse
import io
import json
import pathlib
import random
import subprocess
import tempfile

from tokenizer_goldens import ALPHABETS, FIXED, corpus, random_text
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
SPECIAL = ["<unk>", "<s>", "</s>", "<pad>"]
KINDS = {}


def kind(name):
    def register(make):
        KINDS[name] = make
        return make
    return register


def strings(count, seed, extra=()):
    chance = random.Random(seed)
    texts = list(FIXED)
    while len(texts) < count:
        text = random_text(chance, extra)
        roll = chance.random()
        if roll < 0.05:
            text = chance.choice([" ", "\t", "\n", "\u3000"]) * chance.randint(1, 70) + text + " " * chance.randint(0, 5)
        elif roll < 0.1:
            text += "".join(chance.choice("0123456789") for _ in range(chance.randint(1, 60)))
        elif roll < 0.13:
            text = "".join(chr(chance.randint(0, 0x9F)) for _ in range(chance.randint(1, 30)))
        elif roll < 0.16:
            text = text.upper()
        texts.append(text)
    return texts[:count]


def pieces(seed=21, size=3000):
    """Merges over whole strings, so that they show every cut, and the bytes, so that ids show the whole text."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=SPECIAL + BYTES, limit_alphabet=600, max_token_length=8)
    texts = strings(6000, seed)
    tokenizer.train_from_iterator([text.replace(" ", "▁") for text in texts] + texts, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(merge) for merge in model["merges"]]


VOCABULARY, MERGES = pieces()


def base(**options):
    tokenizer = Tokenizer(models.BPE(VOCABULARY, MERGES, unk_token="<unk>", byte_fallback=True, **options))
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    return tokenizer


def with_part(attribute, value):
    def make():
        tokenizer = base()
        setattr(tokenizer, attribute, value())
        return tokenizer
    return make


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(strings(6000, 22), trainers.BpeTrainer(
        vocab_size=3000, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), max_token_length=8))
    return tokenizer


def charsmap(rule):
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2

    stream = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus(16)), model_writer=stream, vocab_size=200, hard_vocab_limit=False, minloglevel=2,
        normalization_rule_name=rule)
    return sentencepiece_model_pb2.ModelProto.FromString(stream.getvalue()).normalizer_spec.precompiled_charsmap


def normalizer_kinds():
    simple = {
        "NFC": normalizers.NFC, "NFD": normalizers.NFD, "NFKC": normalizers.NFKC, "NFKD": normalizers.NFKD,
        "Nmt": normalizers.Nmt, "Lowercase": normalizers.Lowercase, "StripAccents": normalizers.StripAccents,
        "ByteLevel": normalizers.ByteLevel,
        "Strip": normalizers.Strip, "Strip left": lambda: normalizers.Strip(left=True, right=False),
        "Strip right": lambda: normalizers.Strip(left=False, right=True),
        "Prepend": lambda: normalizers.Prepend("▁x"),
        "Replace text": lambda: normalizers.Replace("e", "€€"),
        "Replace text by nothing": lambda: normalizers.Replace("an", ""),
        "Replace runs": lambda: normalizers.Replace(Regex(r"\s{2,}"), " "),
        "Replace words": lambda: normalizers.Replace(Regex(r"\b\w"), "·"),
        "Replace classes": lambda: normalizers.Replace(Regex(r"[\p{L}&&[^a-m]]|[0-4[7-9]]|\h\H"), "_"),
        "Replace not": lambda: normalizers.Replace(Regex(r"[^\p{L}\p{M}\s]|\S\d"), "-"),
        "Replace nothing": lambda: normalizers.Replace(Regex(r"(?=[A-Z])"), "+"),
        "NFD and StripAccents": lambda: normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]),
        "Sequence": lambda: normalizers.Sequence([
            normalizers.NFKD(), normalizers.Lowercase(), normalizers.Replace("a", "aa"), normalizers.Strip(),
            normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]),
        "Precompiled nmt_nfkc": lambda: normalizers.Precompiled(charsmap("nmt_nfkc")),
        "Precompiled nmt_nfkc_cf": lambda: normalizers.Precompiled(charsmap("nmt_nfkc_cf")),
        "Precompiled nfkc_cf": lambda: normalizers.Precompiled(charsmap("nfkc_cf")),
    }
    for name, make in simple.items():
        KINDS[f"normalizer {name}"] = with_part("normalizer", make)
    for bits in range(16):
        clean, chinese, accents, lower = (bool(bits >> i & 1) for i in range(4))
        KINDS[f"normalizer BertNormalizer {clean:d}{chinese:d}{accents:d}{lower:d}"] = with_part(
            "normalizer", lambda a=(clean, chinese, accents, lower): normalizers.BertNormalizer(*a))
    KINDS["normalizer BertNormalizer default"] = with_part("normalizer", normalizers.BertNormalizer)


def pre_tokenizer_kinds():
    steps = {
        "BertPreTokenizer": pre_tokenizers.BertPreTokenizer, "Whitespace": pre_tokenizers.Whitespace,
        "WhitespaceSplit": pre_tokenizers.WhitespaceSplit, "UnicodeScripts": pre_tokenizers.UnicodeScripts,
        "CharDelimiterSplit": lambda: pre_tokenizers.CharDelimiterSplit("e"),
        "CharDelimiterSplit é": lambda: pre_tokenizers.CharDelimiterSplit("é"),
        "Digits": pre_tokenizers.Digits, "Digits individual": lambda: pre_tokenizers.Digits(individual_digits=True),
        "FixedLength": pre_tokenizers.FixedLength, "FixedLength 3": lambda: pre_tokenizers.FixedLength(length=3),
        "Sequence": lambda: pre_tokenizers.Sequence([
            pre_tokenizers.Metaspace(prepend_scheme="first"), pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.Punctuation("merged_with_next")]),
    }
    for prefix in (True, False):
        for regex in (True, False):
            def build(a=prefix, b=regex):
                tokenizer = byte_level()
                tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=a, use_regex=b)
                return tokenizer
            KINDS[f"pre-tokenizer ByteLevel prefix {prefix:d} regex {regex:d}"] = build
    for scheme in ("always", "first", "never"):
        for split in (True, False):
            steps[f"Metaspace {scheme} split {split:d}"] = (
                lambda a=scheme, b=split: pre_tokenizers.Metaspace(prepend_scheme=a, split=b))
    steps["Metaspace _"] = lambda: pre_tokenizers.Metaspace(replacement="_")
    behaviors = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]
    for behavior in behaviors:
        steps[f"Punctuation {behavior}"] = lambda a=behavior: pre_tokenizers.Punctuation(a)
        for invert in (False, True):
            for label, pattern in {"text": "an", "spaces": Regex(r"\s"), "words": Regex(r"\w+|[^\w\s]+"),
                                   "letters": Regex(r"\p{Lu}?\p{Ll}+(?!\d)|(?<=\s)\p{N}")}.items():
                steps[f"Split {label} {behavior} invert {invert:d}"] = (
                    lambda a=pattern, b=behavior, c=invert: pre_tokenizers.Split(a, b, invert=c))
    for name, make in steps.items():
        KINDS[f"pre-tokenizer {name}"] = with_part("pre_tokenizer", make)


def post_processor_kinds():
    special = [("<s>", 1), ("</s>", 2)]
    steps = {
        "BertProcessing": lambda: processors.BertProcessing(("</s>", 2), ("<s>", 1)),
        "RobertaProcessing": lambda: processors.RobertaProcessing(("</s>", 2), ("<s>", 1)),
        "RobertaProcessing plain": lambda: processors.RobertaProcessing(
            ("</s>", 2), ("<s>", 1), trim_offsets=False, add_prefix_space=False),
        "ByteLevel": lambda: processors.ByteLevel(trim_offsets=True),
        "TemplateProcessing": lambda: processors.TemplateProcessing(single="<s> $A </s>", special_tokens=special),
        "TemplateProcessing pairs": lambda: processors.TemplateProcessing(
            single="<s>:0 <s>:0 $A:0 </s>:1", pair="<s> $A </s> $B:1 </s>:1", special_tokens=special),
        "TemplateProcessing many ids": lambda: processors.TemplateProcessing(
            single="both $A", special_tokens=[{"id": "both", "ids": [1, 3], "tokens": ["<s>", "<pad>"]}]),
        "Sequence": lambda: processors.Sequence([
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(single="<s> $A", special_tokens=special)]),
    }
    for name, make in steps.items():
        def build(make=make):
            tokenizer = byte_level()
            tokenizer.post_processor = make()
            return tokenizer
        KINDS[f"post-processor {name}"] = build


def decoder_kinds():
    steps = {
        "none": lambda: None, "ByteLevel": decoders.ByteLevel, "ByteFallback": decoders.ByteFallback,
        "Fuse": decoders.Fuse, "Metaspace": decoders.Metaspace,
        "Metaspace never": lambda: decoders.Metaspace(prepend_scheme="never"),
        "Metaspace first": lambda: decoders.Metaspace(prepend_scheme="first"),
        "WordPiece": decoders.WordPiece, "WordPiece plain": lambda: decoders.WordPiece(prefix="an", cleanup=False),
        "BPEDecoder": decoders.BPEDecoder, "BPEDecoder e": lambda: decoders.BPEDecoder(suffix="e"),
        "CTC": lambda: decoders.CTC(pad_token="<pad>", word_delimiter_token="|"),
        "CTC plain": lambda: decoders.CTC(pad_token="e", word_delimiter_token="▁", cleanup=False),
        "Strip": lambda: decoders.Strip("▁", 1, 0), "Strip after Fuse": lambda: decoders.Sequence([
            decoders.Fuse(), decoders.Strip(" ", 1, 0)]),
        "Replace": lambda: decoders.Replace("▁", " "), "Replace regex": lambda: decoders.Replace(Regex(r"\s+|[aeiou]"), "·"),
        "Sequence": lambda: decoders.Sequence([
            decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]),
    }
    for name, make in steps.items():
        def build(make=make):
            tokenizer = base()
            decoder = make()
            if decoder is None:
                data = json.loads(tokenizer.to_str())
                data["decoder"] = None
                return Tokenizer.from_str(json.dumps(data))
            tokenizer.decoder = decoder
            return tokenizer
        KINDS[f"decoder {name}"] = build


def trained(model, trainer, pre=None, normalizer=None, decoder=None):
    tokenizer = Tokenizer(model)
    if pre:
        tokenizer.pre_tokenizer = pre
    if normalizer:
        tokenizer.normalizer = normalizer
    if decoder:
        tokenizer.decoder = decoder
    tokenizer.train_from_iterator(corpus(31) + strings(2000, 32), trainer)
    return tokenizer


def changed(tokenizer, **fields):
    """The tokenizer with other fields of its model."""
    data = json.loads(tokenizer.to_str())
    data["model"].update(fields)
    return Tokenizer.from_str(json.dumps(data))


def model_kinds():
    space = pre_tokenizers.WhitespaceSplit()
    bare = {token: id for token, id in VOCABULARY.items() if token not in BYTES}
    bare = {token: index for index, token in enumerate(bare)}
    for unknown in (None, "<unk>"):
        for fuse in (False, True):
            def build(unknown=unknown, fuse=fuse):
                options = {"unk_token": unknown} if unknown else {}
                tokenizer = Tokenizer(models.BPE(bare, MERGES, fuse_unk=fuse, **options))
                tokenizer.add_special_tokens(SPECIAL)
                return tokenizer
            KINDS[f"BPE unk {unknown} fuse {fuse:d}"] = build
    KINDS["BPE byte_fallback"] = base
    KINDS["BPE byte_fallback fuse"] = lambda: base(fuse_unk=True)
    KINDS["BPE some bytes missing"] = lambda: changed(base(), vocab={
        token: id for token, id in VOCABULARY.items() if token not in BYTES[0x80:0xA0]})
    KINDS["BPE dropout 0"] = lambda: changed(base(), dropout=0.0)
    KINDS["BPE ignore_merges"] = lambda: changed(
        with_part("pre_tokenizer", pre_tokenizers.WhitespaceSplit)(), ignore_merges=True)
    KINDS["BPE merges as text"] = lambda: base()
    KINDS["BPE prefix ##"] = lambda: trained(
        models.BPE(unk_token="<unk>"), trainers.BpeTrainer(
            vocab_size=2500, special_tokens=SPECIAL, continuing_subword_prefix="##", limit_alphabet=300), space)
    KINDS["BPE suffix </w>"] = lambda: trained(
        models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"), trainers.BpeTrainer(
            vocab_size=2500, special_tokens=SPECIAL, end_of_word_suffix="</w>", limit_alphabet=300), space,
        decoder=decoders.BPEDecoder())
    KINDS["BPE prefix and suffix"] = lambda: trained(
        models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"), trainers.BpeTrainer(
            vocab_size=2500, special_tokens=SPECIAL, continuing_subword_prefix="@@", end_of_word_suffix="</w>",
            limit_alphabet=300), space)
    for longest in (100, 12):
        KINDS[f"WordPiece {longest}"] = lambda longest=longest: changed(trained(
            models.WordPiece(unk_token="<unk>"), trainers.WordPieceTrainer(
                vocab_size=2500, special_tokens=SPECIAL, limit_alphabet=300), pre_tokenizers.BertPreTokenizer(),
            normalizers.BertNormalizer(), decoders.WordPiece()), max_input_chars_per_word=longest)
    KINDS["WordPiece @@"] = lambda: trained(
        models.WordPiece(unk_token="<unk>"), trainers.WordPieceTrainer(
            vocab_size=2500, special_tokens=SPECIAL, limit_alphabet=300, continuing_subword_prefix="@@"), space,
        decoder=decoders.WordPiece(prefix="@@", cleanup=False))
    KINDS["WordLevel"] = lambda: trained(
        models.WordLevel(unk_token="<unk>"), trainers.WordLevelTrainer(vocab_size=1500, special_tokens=SPECIAL),
        pre_tokenizers.Whitespace())
    KINDS["WordLevel split"] = lambda: trained(
        models.WordLevel(unk_token="<unk>"), trainers.WordLevelTrainer(vocab_size=1500, special_tokens=SPECIAL),
        pre_tokenizers.Split(Regex(r"\p{L}+|\p{N}"), "isolated"), normalizers.NFKC())

    def unigram(fields=None, bytes=False, **parts):
        tokenizer = trained(models.Unigram(), trainers.UnigramTrainer(
            vocab_size=3000, special_tokens=SPECIAL, unk_token="<unk>"), **parts)
        if bytes:
            vocab = json.loads(tokenizer.to_str())["model"]["vocab"]
            tokenizer = changed(tokenizer, byte_fallback=True, vocab=vocab + [[byte, -20.0] for byte in BYTES])
            tokenizer.decoder = decoders.Sequence([
                decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
        return tokenizer
    metaspace = lambda: dict(pre=pre_tokenizers.Metaspace(), decoder=decoders.Metaspace())
    KINDS["Unigram"] = lambda: unigram(**metaspace())
    KINDS["Unigram whole text"] = lambda: unigram()
    KINDS["Unigram byte_fallback"] = lambda: unigram(bytes=True, **metaspace())


def added_token_kinds():
    def build(normalizer, pre, start=base):
        def make():
            tokenizer = start()
            if normalizer:
                tokenizer.normalizer = normalizer()
            if pre:
                tokenizer.pre_tokenizer = pre()
            flags = [(l, r, s, n) for l in (0, 1) for r in (0, 1) for s in (0, 1) for n in (0, 1)]
            plain = [AddedToken("t" + "abcdefghijklmnop"[i] + "z", lstrip=bool(l), rstrip=bool(r), single_word=bool(s),
                                normalized=bool(n)) for i, (l, r, s, n) in enumerate(flags)]
            special = [AddedToken("<m" + "abcdefghijklmnop"[i] + ">", lstrip=bool(l), rstrip=bool(r), single_word=bool(s),
                                  normalized=bool(n)) for i, (l, r, s, n) in enumerate(flags)]
            tokenizer.add_tokens(plain + [AddedToken("É x", normalized=True), AddedToken("  ", normalized=False)])
            tokenizer.add_special_tokens(special)
            return tokenizer
        return make
    KINDS["added tokens"] = build(None, None)
    KINDS["added tokens, Lowercase and NFD"] = build(
        lambda: normalizers.Sequence([normalizers.Lowercase(), normalizers.NFD()]), None)
    KINDS["added tokens, Prepend"] = build(
        lambda: normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]), None)
    KINDS["added tokens, Strip"] = build(normalizers.Strip, None)
    KINDS["added tokens, Metaspace"] = build(None, lambda: pre_tokenizers.Metaspace(prepend_scheme="first"))
    KINDS["added tokens, ByteLevel"] = build(None, None, byte_level)


def truncated():
    tokenizer = base()
    tokenizer.enable_truncation(8, stride=2)
    tokenizer.enable_padding(length=16, pad_id=3, pad_token="<pad>")
    return tokenizer


KINDS["truncation and padding"] = truncated
for register in (normalizer_kinds, pre_tokenizer_kinds, post_processor_kinds, decoder_kinds, model_kinds, added_token_kinds):
    register()


def run(tool, path, lines, *flags):
    answer = subprocess.run([tool, "tokenize", "--lines", "--member", str(path), *flags],
                            input="".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode(),
                            capture_output=True)
    if answer.returncode != 0:
        return None, answer.stderr.decode().strip()[:300]
    return [json.loads(line) for line in answer.stdout.splitlines()], ""


def equal(given, ours, theirs, differences):
    wrong = [case for case in zip(given, ours, theirs, strict=True) if case[1] != case[2]]
    differences.append(wrong)
    return len(given) - len(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default=".build/release/tokenswarm")
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=41)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--only-different", action="store_true")
    parser.add_argument("names", nargs="*", help="only kinds whose name contains one of these")
    options = parser.parse_args()
    path = pathlib.Path(tempfile.mkdtemp()) / "tokenizer.json"
    for name, make in KINDS.items():
        if options.names and not any(part in name for part in options.names):
            continue
        tokenizer = make()
        tokenizer.save(str(path))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        added = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
        texts = strings(options.count, options.seed, added)
        expected = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
        ours, problem = run(options.tool, path, texts)
        if ours is None:
            print(f"{name}: {problem}", flush=True)
            continue
        differences = []
        right = equal(texts, ours, expected, differences)
        chance = random.Random(options.seed)
        size = tokenizer.get_vocab_size()
        arrays = expected[: options.count // 2] + [
            [chance.randrange(min(size, chance.choice([size, 300]))) for _ in range(chance.randint(0, 12))]
            for _ in range(options.count // 2)]
        decoded = []
        for skip, flags in ((True, ["--no-special"]), (False, [])):
            texts_back, problem = run(options.tool, path, arrays, "--decode", *flags)
            if texts_back is None:
                print(f"{name}: {problem}", flush=True)
                decoded.append(0)
                continue
            texts_back = [text[0] if isinstance(text, list) else text for text in texts_back]
            theirs = tokenizer.decode_batch(arrays, skip_special_tokens=skip)
            decoded.append(equal(arrays, texts_back, theirs, differences))
        if not options.only_different or [right, *decoded] != [len(texts), len(arrays), len(arrays)]:
            print(f"{name}: ids {right} of {len(texts)}, text {decoded[0]} and {decoded[1]} of {len(arrays)}", flush=True)
        for wrong in differences:
            for text, own, expected in wrong[: options.show]:
                print(f"  {text!r}\n    ours      {own!r}\n    expected  {expected!r}", flush=True)


if __name__ == "__main__":
    main()
