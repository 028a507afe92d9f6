"""Encoding speed beside the reference libraries, one thread each, in turns, so that both see the same machine.

    pip install tokenizers==0.22.2 sentencepiece==0.2.3
    python bench/tokenizer_speed.py --tool .build/release/tokenswarm --texts novel.txt … --tokenizers FOLDER|FILE … --trained

Prints MB/s of ours and theirs (the best of the rounds, in processor time, loading not counted) and the ratio of the best
times, for every tokenizer on every text, and on one word of a megabyte.
"""

import os

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

import argparse
import json
import pathlib
import random
import subprocess
import tempfile
import time


def reference(path):
    """A function that encodes a text with the library that belongs to the file, and the library's name."""
    if path.suffix == ".model" or (path.is_dir() and not (path / "tokenizer.json").exists()):
        import sentencepiece

        model = sentencepiece.SentencePieceProcessor(model_file=str(path if path.is_file() else path / "tokenizer.model"))
        return lambda text: len(model.encode(text)), "sentencepiece"
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path if path.is_file() else path / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(text).ids), "tokenizers"


def trained(texts, folder):
    """Tokenizers of the kinds that no file at hand has, of 8,000 pieces, trained on the texts."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    llama = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
             r"|\s*[\r\n]+|\s+(?!\S)|\s+")
    cut = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(llama), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    special = ["[UNK]"]
    kinds = {
        "BPE, Llama 3's pattern": (models.BPE(ignore_merges=True), cut, None, trainers.BpeTrainer(
            vocab_size=8000, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)),
        "BPE over characters": (models.BPE(unk_token="[UNK]"), pre_tokenizers.Metaspace(), None, trainers.BpeTrainer(
            vocab_size=8000, special_tokens=special, show_progress=False)),
        "WordPiece": (
            models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100), pre_tokenizers.BertPreTokenizer(),
            normalizers.BertNormalizer(), trainers.WordPieceTrainer(
                vocab_size=8000, special_tokens=special, show_progress=False)),
        "WordLevel": (models.WordLevel(unk_token="[UNK]"), pre_tokenizers.Whitespace(), None, trainers.WordLevelTrainer(
            vocab_size=8000, special_tokens=special, show_progress=False)),
        "Unigram": (models.Unigram(), pre_tokenizers.Metaspace(), normalizers.NFKC(), trainers.UnigramTrainer(
            vocab_size=8000, special_tokens=special, unk_token="[UNK]", show_progress=False)),
    }
    for name, (model, pre, normalizer, trainer) in kinds.items():
        tokenizer = Tokenizer(model)
        tokenizer.pre_tokenizer = pre
        if normalizer:
            tokenizer.normalizer = normalizer
        tokenizer.train([str(text) for text in texts], trainer)
        place = folder / name / "tokenizer.json"
        place.parent.mkdir()
        data = json.loads(tokenizer.to_str())
        if "max_input_chars_per_word" in data["model"]:
            data["model"]["max_input_chars_per_word"] = 2_000_000
        place.write_text(json.dumps(data))
        yield place


def ours(tool, path, file, count):
    answer = subprocess.run([tool, "tokenize", "--member", str(path), "--measure", str(count)], stdin=open(file, "rb"),
                            capture_output=True, check=True)
    result = json.loads(answer.stdout)
    return min(result["seconds"]), result["tokens"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default=".build/release/tokenswarm")
    parser.add_argument("--texts", type=pathlib.Path, nargs="+", required=True)
    parser.add_argument("--tokenizers", type=pathlib.Path, nargs="*", default=[])
    parser.add_argument("--trained", action="store_true", help="also tokenizers of every kind trained on the texts")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=float, default=1.0, help="how much of each text")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp())
    files = {}
    for path in options.texts:
        text = path.read_bytes()[: int(options.megabytes * 1e6)].decode(errors="ignore")
        (folder / path.name).write_bytes(text.encode())
        files[path.stem] = folder / path.name
    chance = random.Random(1)
    (folder / "word").write_text("".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(1_000_000)))
    files["one word"] = folder / "word"

    print("| tokenizer | text | ours MB/s | reference MB/s | ours / reference | seconds |")
    print("|---|---|---|---|---|---|")
    paths = [*options.tokenizers, *(trained(list(files.values())[:-1], folder) if options.trained else [])]
    for path in paths:
        encode, library = reference(path)
        for name, file in files.items():
            text = file.read_bytes().decode()
            size = len(text.encode())
            best, theirs = None, None
            for _ in range(options.rounds):
                seconds, tokens = ours(options.tool, path, file, 8)
                best = min(best or seconds, seconds)
                # A library that needs minutes for a word is asked once.
                if theirs is None or theirs < 20:
                    start = time.thread_time()
                    expected = encode(text)
                    theirs = min(theirs or 1e9, time.thread_time() - start)
            note = "" if tokens - expected in (0, 1, 2) else f" **{tokens} against {expected} tokens**"
            label = path.parent.name if path.name == "tokenizer.json" else path.stem if path.is_file() else path.name
            print(f"| {label} ({library}) | {name} | {size / best / 1e6:.2f} | {size / theirs / 1e6:.2f} | "
                  f"{theirs / best:.2f} | {best:.2f}{note} |", flush=True)


if __name__ == "__main__":
    main()
