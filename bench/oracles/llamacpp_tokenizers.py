"""Compares the tokenizers of GGUF files with llama.cpp's: one byte-level vocabulary under every name that
`tokenizer.ggml.pre` takes, and small SPM, UGM, WPM and RWKV vocabularies, over random strings.

    pip install xllamacpp==2026.10.11549 gguf==0.19.0 tokenizers==0.22.2 sentencepiece==0.2.3 numpy
    python bench/oracles/llamacpp_tokenizers.py --tool .build/release/tokenswarm --count 2000 [--vocabulary FILE.gguf]

Without a vocabulary it trains one that no pre-tokenizer cut. Prints how many strings agree for each name, and with --show the
first that do not. Where the two differ and llama.cpp departs from the model's own tokenizer.json, ours follows the model:
`DEPARTS` says how, and those characters are compared apart.
"""

import argparse
import json
import pathlib
import random
import re
import subprocess
import tempfile
import unicodedata

import gguf
import llamacpp
from tokenizer_goldens import FIXED, FIXTURES, random_text
from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers, trainers

NAMES = """default gpt-2 phi-2 falcon mpt starcoder refact command-r qwen2 stablelm2 olmo dbrx smaug-bpe poro-chat chatglm-bpe
glm4 viking jais tekken smollm codeshell bloom gpt3-finnish exaone exaone4 exaone-moe chameleon minerva-7b megrez gpt-4o llama4
kanana2 talkie llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano deepseek-llm deepseek-coder
deepseek-v3 deepseek-r1-qwen kormo f2llmv2 qwen35 jina-es jina-de gigachat jina-v2-es jina-v2-de a.x-4.0 mellum modern-bert
jina-v1-en jina-v2-code roberta-bpe jais-2 spark2_5 youtu superbpe trillion granite-docling bailingmoe bailingmoe2 llada-moe
seed-coder hunyuan hunyuan-dense hy_v4 joyai-llm kimi-k2 ufakzeka grok-2 afmoe laguna minimax-m2 solar-open mellum2 minicpm5
tiny_aya cohere2moe granite-embed-multi-97m""".split()

CASED = "tekken gpt-4o llama4 kanana2 talkie minimax-m2 youtu kimi-k2 granite-embed-multi-97m".split()
GROUPED = "tiny_aya cohere2moe afmoe".split()


def without(*categories, keep=lambda c: c.isascii()):
    return lambda text: "".join(c for c in text if keep(c) or not unicodedata.category(c).startswith(categories))


CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"


def cased(ending, digits, bare=""):
    """The form of o200k, which cuts between lower and upper case; `bare` narrows the letters."""
    upper, lower = (r"[\p{%s}\p{Lm}\p{Lo}\p{M}%s]" % (case, bare) for case in (r"Lu}\p{Lt", "Ll"))
    first, slash = r"[^\r\n\p{L}\p{N}]?", "" if bare else "/"
    return (rf"{first}{upper}*{lower}+{ending}|{first}{upper}+{lower}*{ending}|{digits}"
            rf"| ?[^\s\p{{L}}\p{{N}}]+[\r\n{slash}]*|{SPACES}")


O200K = cased(CONTRACTIONS + "?", r"\p{N}{1,3}")
THREES = [r"\d{1,3}(?=(?:\d{3})*\b)", O200K]
LETTERS = (
    "A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb\u1fe0-\u1fec"
    "\u1ff2-\u1ff4\u1ff6-\u1ffcℂℇℊ-ℓℕℙ-ℝℤ\u2126ℨ\u212a-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃")
HAN = "[一-龥ࠀ-一가-\ud7ff]+"
YOUTU = "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+"

# Where llama.cpp's pre-tokenizer only approximates that of the model's tokenizer.json, which ours follows: the patterns of
# the latter, with which the library `tokenizers` is the reference, and what is taken out of the strings so that the rest
# can be compared with llama.cpp as well.
ORIGINAL = {
    "tekken": [cased("", r"\p{N}")],
    **{name: [O200K] for name in "gpt-4o llama4 kanana2 talkie minimax-m2 granite-embed-multi-97m".split()},
    "youtu": [YOUTU, cased(CONTRACTIONS + "?", r"\p{N}")],
    "kimi-k2": [r"\p{Han}+|" + cased(CONTRACTIONS + "?", r"\p{N}{1,3}", r"&&[^\p{Han}]")],
    "tiny_aya": THREES, "cohere2moe": THREES,
    "deepseek-llm": [r"[\r\n]", rf"\s?[{LETTERS}]+", r"\s?[!-/:-~！-／：-～‘-‟　-。]+", r"\s+$", HAN, r"\p{N}"],
    "deepseek-coder": [r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", HAN, r"\p{N}"],
}
MERGES_IGNORED = ("tekken", "youtu", "granite-embed-multi-97m")
DEPARTS = {
    **{name: ("case beyond ASCII and marks are approximated", without("L", "M")) for name in CASED},
    **{name: ("digits are cut by code that also sees the text around them",
              lambda text: without("L", "M", "N", "Z")(re.sub(r"[\s_]+", " ", text)).replace(" ", "-")) for name in GROUPED},
    "deepseek-llm": ("runs of digits stay together, white space is left out of the range of ideographs",
                     lambda text: re.sub(r"\d", "", without("N", "Z", "C")(text))),
    "deepseek-coder": ("white space is left out of the range of ideographs", without("Z", "C")),
    "t5": ("a ▁ written in the text is not white space", lambda text: text.replace("▁", "")),
    **{f"bert, lower case {flag}": ("U+0085 is white space, ▁ starts words, spacing marks are accents",
                                    lambda text: re.sub("[\x85▁]", "", without("Mc", "Me")(text))) for flag in (True, False)},
}

UNKNOWN, CONTROL, NORMAL, USER, BYTE = 2, 3, 1, 4, 6


def byte_level_parts(path, seed, size=8000):
    """Tokens, types and merges of a GGUF vocabulary, or of one trained on such strings without any cut, so that its
    merges go across every place where a pre-tokenizer may cut."""
    if path is None:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        trainer = trainers.BpeTrainer(
            vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<|end|>"],
            max_token_length=12)
        tokenizer.train_from_iterator(strings(20000, seed + 1, []), trainer)
        model = json.loads(tokenizer.to_str())["model"]
        tokens = sorted(model["vocab"], key=model["vocab"].get)
        merges = [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]
        return tokens, [CONTROL if t == "<|end|>" else NORMAL for t in tokens], merges
    reader = gguf.GGUFReader(str(path))
    field = lambda key: reader.fields[f"tokenizer.ggml.{key}"].contents()
    return field("tokens"), list(field("token_type")), field("merges")


def write(path, model, tokens, types, pre=None, merges=None, scores=None, **flags):
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_tokenizer_model(model)
    if pre:
        writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    if merges is not None:
        writer.add_token_merges(merges)
    if scores is not None:
        writer.add_token_scores([float(score) for score in scores])
    for key, value in flags.items():
        if isinstance(value, bytes):
            writer.add_precompiled_charsmap(value)
        elif isinstance(value, bool):
            writer.add_bool(f"tokenizer.ggml.{key}", value)
        else:
            writer.add_uint32(f"tokenizer.ggml.{key}_token_id", value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def sentencepiece_vocabularies(folder):
    """The vocabularies of the SentencePiece fixtures as GGUF files: SPM and UGM."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2

    for kind, model in (("bpe", "llama"), ("unigram", "t5")):
        path = FIXTURES / f"sentencepiece-{kind}.model"
        processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
        proto = sentencepiece_model_pb2.ModelProto.FromString(path.read_bytes())
        types = [int(piece.type) for piece in proto.pieces]
        flags = dict(bos=processor.bos_id(), eos=processor.eos_id(), unknown=processor.unk_id(), add_bos_token=False,
                     add_eos_token=False, add_space_prefix=proto.normalizer_spec.add_dummy_prefix,
                     remove_extra_whitespaces=proto.normalizer_spec.remove_extra_whitespaces)
        if model == "t5" and proto.normalizer_spec.precompiled_charsmap:
            flags["precompiled_charsmap"] = proto.normalizer_spec.precompiled_charsmap
        write(folder / f"{model}.gguf", model, [piece.piece for piece in proto.pieces], types,
              scores=[piece.score for piece in proto.pieces], **flags)
        yield model, folder / f"{model}.gguf"


def word_piece_vocabularies(folder):
    """WordPiece as the converter writes it: ▁ before word starts, nothing before what continues."""
    vocabulary = json.loads((FIXTURES / "word-piece.json").read_text())["model"]["vocab"]
    tokens, types = [], []
    for token in sorted(vocabulary, key=vocabulary.get):
        special = token.startswith("[") and token.endswith("]") and len(token) > 2
        tokens.append(token if special else token[2:] if token.startswith("##") else "▁" + token)
        types.append(CONTROL if special else NORMAL)
    seen = set()
    for index, token in enumerate(tokens):
        if token in seen:
            tokens[index] = f"[unused{index}]"
        seen.add(token)
    ids = dict(bos=vocabulary["[CLS]"], seperator=vocabulary["[SEP]"], unknown=vocabulary["[UNK]"], padding=vocabulary["[PAD]"])
    for lower in (True, False):
        path = folder / f"bert-{lower}.gguf"
        write(path, "bert", tokens, types, **ids, **{"normalizer.lowercase": lower})
        yield f"bert, lower case {lower}", path


def rwkv_vocabulary(folder):
    """A World vocabulary: pieces in the escapes of Python's byte strings, the longest match taken."""
    chance = random.Random(5)
    pieces = [bytes([byte]) for byte in range(256)]
    for text in ("Oren", " mends", "lantern", " the", "\n\n", "é", "中文", "🦙", "  ", "12", "'s", "\\", "\t\t", " O", "the la"):
        pieces.append(text.encode())
    for _ in range(200):
        pieces.append("".join(chance.choice(["a", "e", "n", "r", " ", "é", "中"]) for _ in range(chance.randint(2, 4))).encode())
    pieces = list(dict.fromkeys(pieces))

    def escape(piece):
        try:
            text = piece.decode()
            return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r").replace("\0", "\\x00")
        except UnicodeDecodeError:
            return "".join(f"\\x{byte:02x}" for byte in piece)

    tokens = ["<s>"] + [escape(piece) for piece in pieces]
    path = folder / "rwkv.gguf"
    write(path, "rwkv", tokens, [CONTROL] + [NORMAL] * len(pieces), eos=0, bos=0)
    yield "rwkv", path


def spm_bpe_vocabularies(folder):
    """Gemma 4's kind: merges over text with ▁ for spaces, bytes as a fallback."""
    data = json.loads((FIXTURES / "byte-fallback.json").read_text())
    vocabulary = data["model"]["vocab"]
    tokens = sorted(vocabulary, key=vocabulary.get)
    types = [BYTE if t.startswith("<0x") else CONTROL if t in ("<s>", "</s>") else UNKNOWN if t == "<unk>" else NORMAL for t in tokens]
    tokens += ["\n", "\n\n", "\n\n\n"]
    types += [NORMAL] * 3
    merges = [m if isinstance(m, str) else " ".join(m) for m in data["model"]["merges"]]
    ids = dict(bos=vocabulary["<s>"], eos=vocabulary["</s>"], unknown=vocabulary["<unk>"], add_bos_token=True)
    for pre in ("gemma4", "sarvam-moe"):
        path = folder / f"{pre}.gguf"
        write(path, "gpt2" if pre != "gemma4" else "gemma4", tokens, types, pre=pre, merges=merges, **ids)
        yield pre, path


def strings(count, seed, extra):
    chance = random.Random(seed)
    texts = list(FIXED)
    while len(texts) < count:
        text = random_text(chance, extra)
        if chance.random() < 0.2:
            text += chance.choice(["", " "]) + str(chance.randint(0, 10 ** chance.randint(1, 12))) + chance.choice(["", ".", " x"])
        if chance.random() < 0.1:
            text = text.upper() if chance.random() < 0.5 else text.title()
        texts.append(text)
    # The reference ends texts at a zero byte in some places, and does not know the letters that Unicode 16 added.
    return ["".join(c for c in text if c != "\0" and unicodedata.category(c) != "Cn") for text in texts[:count]]


def ours(tool, path, texts):
    lines = "".join(json.dumps(text, ensure_ascii=False) + "\n" for text in texts)
    answer = subprocess.run([tool, "tokenize", "--lines", "--member", str(path)], input=lines.encode(), capture_output=True)
    if answer.returncode != 0:
        raise SystemExit(f"{path}: {answer.stderr.decode().strip()}")
    return [json.loads(line) for line in answer.stdout.splitlines()]


def llama_cpp_ids(path, texts):
    model = llamacpp.Model(path, vocab_only=True)
    ids = [model.tokenize(text) for text in texts]
    model.close()
    return ids


def original_ids(name, tokens, types, merges, texts, bos):
    """The ids by the patterns of the model's own tokenizer.json."""
    model = models.BPE({token: id for id, token in enumerate(tokens)}, [tuple(merge.split(" ")) for merge in merges],
                       ignore_merges=name in MERGES_IGNORED)
    tokenizer = Tokenizer(model)
    steps = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in ORIGINAL[name]]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [*steps, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.add_special_tokens(
        [AddedToken(token, normalized=False) for token, kind in zip(tokens, types) if kind == CONTROL])
    front = [bos] if name == "tekken" else []
    return [front + tokenizer.encode(text).ids for text in texts]


def agreeing(texts, own, theirs, show):
    wrong = [case for case in zip(texts, own, theirs, strict=True) if case[1] != case[2]]
    for text, ids, expected in wrong[:show]:
        print(f"  {text!r}\n    ours      {ids}\n    expected  {expected}")
    return len(texts) - len(wrong)


def write_fixture():
    """Tests/Fixtures/tokenizers/named-pre.{gguf,cases.json}: a small vocabulary, and for every way to cut the names that
    cut so, with llama.cpp's ids."""
    tokens, types, merges = byte_level_parts(None, 3, size=900)
    path = FIXTURES / "named-pre.gguf"
    chance = random.Random(11)
    texts = [text[:60] for text in strings(400, 12, ["<|end|>"])]
    texts = FIXED[8:] + chance.sample([text for text in texts if len(text) > 8], 24)
    groups = {}
    for name in NAMES:
        write(path, "gpt2", tokens, types, pre=name, merges=merges, bos=0, eos=0)
        if name in ORIGINAL:
            chosen, ids = texts, original_ids(name, tokens, types, merges, texts, 0)
        else:
            clean = DEPARTS[name][1] if name in DEPARTS else lambda text: text
            chosen = list(dict.fromkeys(clean(text) for text in texts))
            ids = llama_cpp_ids(path, chosen)
        cases = [{"text": text, "ids": ids} for text, ids in zip(chosen, ids)]
        groups.setdefault(json.dumps(cases, ensure_ascii=False, separators=(",", ":")), []).append(name)
    write(path, "gpt2", tokens, types, pre="default", merges=merges, bos=0, eos=0)
    lines = ",\n".join(f'{{"names":{json.dumps(names)},"cases":{cases}}}' for cases, names in groups.items())
    (FIXTURES / "named-pre.cases.json").write_text(f"[{lines}]\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default=".build/release/tokenswarm")
    parser.add_argument("--vocabulary", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("names", nargs="*", help="only these")
    parser.add_argument("--write-fixture", action="store_true", help="write the fixture of the tests and end")
    options = parser.parse_args()
    if options.write_fixture:
        write_fixture()
        return
    folder = pathlib.Path(tempfile.mkdtemp())
    tokens, types, merges = byte_level_parts(options.vocabulary, options.seed)
    special = [token for token, kind in zip(tokens, types) if kind in (CONTROL, USER)][:10]
    texts = strings(options.count, options.seed, special)

    end = tokens.index(special[0]) if special else 0

    def vocabularies():
        for name in NAMES:
            if options.names and name not in options.names:
                continue
            path = folder / "pre.gguf"
            write(path, "gpt2", tokens, types, pre=name, merges=merges, bos=end, eos=end)
            yield name, path
        for make in (sentencepiece_vocabularies, word_piece_vocabularies, rwkv_vocabulary, spm_bpe_vocabularies):
            for name, path in make(folder):
                if not options.names or name in options.names:
                    yield name, path

    for name, path in vocabularies():
        own, theirs = ours(options.tool, path, texts), llama_cpp_ids(path, texts)
        if name not in DEPARTS:
            print(f"{name}: {agreeing(texts, own, theirs, options.show)} of {len(texts)}", flush=True)
            continue
        reason, clean = DEPARTS[name]
        rest = [clean(text) for text in texts]
        right = agreeing(rest, ours(options.tool, path, rest), llama_cpp_ids(path, rest), options.show)
        note = f"; {agreeing(texts, own, theirs, 0)} with all characters: {reason} there"
        if name in ORIGINAL:
            expected = original_ids(name, tokens, types, merges, texts, end)
            note += f"; {agreeing(texts, own, expected, options.show)} as the model's own patterns have it"
        print(f"{name}: {right} of {len(texts)}{note}", flush=True)


if __name__ == "__main__":
    main()
