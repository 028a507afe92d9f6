"""Compares tokenizer files with the library that each belongs to: ids and decoded text over random strings, and words of
100 kB of every kind of character.

    pip install tokenizers==0.22.2 sentencepiece==0.2.3
    python bench/oracles/tokenizer_compare.py --tool .build/release/tokenswarm --count 10000 FILE|FOLDER …

tokenizer.json is compared with `tokenizers`, tokenizer.model with `sentencepiece`, and a GGUF vocabulary beside which
`.inp` and `.out` files of llama.cpp lie with those. With --show the first differences.
"""

import argparse
import json
import pathlib
import random
import subprocess

from tokenizer_goldens import ALPHABETS, FIXED, random_text

SIZE = 100_000


def run(tool, path, lines, *flags):
    text = "".join(json.dumps(line) + "\n" for line in lines).encode()
    answer = subprocess.run([tool, "tokenize", "--lines", "--member", str(path), *flags], input=text, capture_output=True)
    if answer.returncode != 0:
        raise SystemExit(f"{path}: {answer.stderr.decode().strip()[:400]}")
    return [json.loads(line) for line in answer.stdout.splitlines()]


def long_words(seed, size=SIZE):
    """By name: random characters of one alphabet, one character again and again, and a few patterns."""
    chance = random.Random(seed)
    words = {}
    for alphabet in ALPHABETS:
        name = ascii(alphabet[:4])
        words[f"random {name}"] = "".join(chance.choice(alphabet) for _ in range(size // len(alphabet[-1].encode())))
        words[f"one {name}"] = alphabet[0] * (size // len(alphabet[0].encode()))
    letters = "".join(ALPHABETS[:1])
    words["random of all"] = "".join(chance.choice(chance.choice(ALPHABETS)) for _ in range(size // 2))
    words["two letters"] = "ab" * (size // 2)
    words["mostly one letter"] = "".join("a" if chance.random() < 0.99 else chance.choice(letters) for _ in range(size))
    words["combining marks"] = "e" + "\u0301" * (size // 2)
    words["words in one"] = "".join(chance.choice("the of and swarm particle weight token".split()) for _ in range(size // 5))
    words["digits and commas"] = "".join(chance.choice("0123456789,.") for _ in range(size))
    words["spaces in runs"] = "".join(" " * chance.randint(1, 40) + "x" for _ in range(size // 20))
    words["lines"] = "".join("\n" * chance.randint(1, 5) + "ab" for _ in range(size // 5))
    return words


class HuggingFace:
    def __init__(self, path):
        from tokenizers import Tokenizer

        self.model = Tokenizer.from_file(str(path))
        self.model.no_truncation()
        self.model.no_padding()
        self.added = [token.content for token in self.model.get_added_tokens_decoder().values()][:50]

    def encode(self, texts):
        return [encoding.ids for encoding in self.model.encode_batch(texts)]

    def decode(self, arrays, skip):
        return self.model.decode_batch(arrays, skip_special_tokens=skip)

    flags = []
    skips = {True: ["--no-special"], False: []}


class SentencePiece:
    def __init__(self, path):
        import sentencepiece

        self.model = sentencepiece.SentencePieceProcessor(model_file=str(path))
        self.added = [self.model.id_to_piece(id) for id in range(self.model.vocab_size())
                      if self.model.is_control(id) or self.model.is_unknown(id)]

    def encode(self, texts):
        return [self.model.encode(text) for text in texts]

    def decode(self, arrays, skip):
        # The library's own decoder leaves control pieces out.
        return [self.model.decode(ids) for ids in arrays]

    flags = ["--no-special"]
    skips = {True: ["--no-special"]}


def report(name, given, ours, theirs, show):
    wrong = [case for case in zip(given, ours, theirs, strict=True) if case[1] != case[2]]
    for text, own, expected in wrong[:show]:
        at = next((i for i, (a, b) in enumerate(zip(own, expected)) if a != b), min(len(own), len(expected)))
        print(f"  {str(text)[:200]!r}\n    from {at} of {len(own)}: ours {own[at:at + 12]!r}, expected {expected[at:at + 12]!r}"
              f" of {len(expected)}")
    return f"{name} {len(given) - len(wrong)} of {len(given)}"


def compare(path, options):
    if path.suffix == ".gguf":
        texts = open(f"{path}.inp", encoding="utf-8", newline="").read().split("\n__ggml_vocab_test__\n")
        lines = open(f"{path}.out").read().split("\n")[: len(texts)]
        ours = run(options.tool, path, texts, "--no-special")
        return report("ids", texts, ours, [[int(id) for id in line.split()] for line in lines], options.show)
    if path.is_dir():
        path = path / ("tokenizer.json" if (path / "tokenizer.json").exists() else "tokenizer.model")
    reference = HuggingFace(path) if path.suffix == ".json" else SentencePiece(path)
    chance = random.Random(options.seed)
    texts = [*FIXED, *(random_text(chance, reference.added) for _ in range(options.count - len(FIXED)))]
    expected = reference.encode(texts)
    results = [report("ids", texts, run(options.tool, path, texts, *reference.flags), expected, options.show)]
    for skip, flags in reference.skips.items():
        ours = [text for text in run(options.tool, path, expected, "--decode", *flags)]
        results.append(report("text", expected, ours, reference.decode(expected, skip), options.show))
    if options.words:
        words = long_words(options.seed)
        expected = reference.encode(list(words.values()))
        ours = run(options.tool, path, list(words.values()), *reference.flags)
        results.append(report("words of 100 kB", list(words), ours, expected, options.show))
        texts = reference.decode(expected, True)
        ours = run(options.tool, path, expected, "--decode", *reference.skips[True])
        results.append(report("their text", list(words), ours, texts, options.show))
    return ", ".join(results)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default=".build/release/tokenswarm")
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--words", action="store_true", help="also words of 100 kB")
    parser.add_argument("paths", type=pathlib.Path, nargs="+")
    options = parser.parse_args()
    for path in options.paths:
        print(f"{path}: {compare(path, options)}", flush=True)


if __name__ == "__main__":
    main()
