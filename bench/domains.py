"""Text that changes domain every few hundred bytes: compositions that follow the text beside EM's static optimum.

usage: python bench/domains.py TOKENSWARM zoo|data [--data FOLDER] [--runs FOLDER]

zoo   the bundled members; documents are eight of the zoo's texts (some 235 bytes each), no two neighbours of one domain
data  three models that nobody here made (../shared/data): pieces of 400 bytes of TinyStories and of older books

Weights and dimensions are searched on documents of the dev texts alone and scored on documents of the test texts. The
difference to EM is paired by document, with a bootstrap interval. Needs nothing but Python.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEARCHES = {
    "all three": "search: {uncertainty: true, recency: true, temperature: true}",
    "uncertainty, recency": "search: {uncertainty: true, recency: true}",
    "recency": "search: {recency: true}",
    "uncertainty": "search: {uncertainty: true}",
    "weights": "",
}


def documents(pieces, length, seed):
    """`pieces`: (domain, text). Documents of `length` pieces, no two neighbours of one domain, none used twice."""
    pieces = list(pieces)
    random.Random(seed).shuffle(pieces)
    result = []
    while True:
        document, last = [], None
        while len(document) < length:
            index = next((i for i, piece in enumerate(pieces) if piece[0] != last), None)
            if index is None:
                return result
            last, text = pieces.pop(index)
            document.append(text)
        result.append("\n".join(document))


def zoo(folder, arguments):
    for split, seed in (("dev", 5), ("test", 5)):
        rows = [json.loads(line) for line in open(ROOT / f"bench/zoo/tasks/text.{split}.jsonl")]
        write(folder / f"{split}.jsonl", documents(((row["domain"], row["text"]) for row in rows), 8, seed))
    members = ROOT / "bench/zoo/members"
    return [members / name for name in ("almanac", "ledger.gguf", "herbal", "bestiary")]


def data(folder, arguments):
    source = pathlib.Path(arguments.data)
    books = ["tinystories_1MiB", "tinyshakespeare", "warpeace", "darwin"]
    for split, seed in (("dev", 1), ("test", 2)):
        pieces = []
        for book in books:
            text = (source / f"text/{book}.txt").read_text(errors="replace")
            # Dev from the first half of a book, test from the second.
            half = text[: len(text) // 2] if split == "dev" else text[len(text) // 2 :]
            generator = random.Random(f"{book} {split}")
            # One story book in two pieces: the models' own domain comes as often as the others together.
            for _ in range((3 if book == books[0] else 1) * (32 if split == "dev" else 64)):
                start = generator.randrange(len(half) - 500)
                # One line, since not every vocabulary has a line feed.
                piece = " ".join(half[start : start + 400].split())
                pieces.append((book, piece.partition(" ")[2]))
        write(folder / f"{split}.jsonl", documents(pieces, 6, seed))
    models = source / "models"
    return [models / name for name in ("llama-stories260k", "llama-babyllama-tok105", "rwkv-tiny-5v2-730K")]


def write(path, texts):
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))


def search(tokenswarm, folder, members, name, extra, traces):
    recipe = folder / "recipe.yaml"
    lines = [f"name: {name}", "seed: 7", "members:"]
    lines += [f"  - {{name: {member.stem}, path: {os.path.abspath(member)}}}" for member in members]
    lines += ["tasks:", "  - {name: text, kind: text, dev: dev.jsonl, test: test.jsonl, weight: 1}"]
    lines += ["swarm: {optimizer: pso, particles: 20, iterations: 50}", extra]
    recipe.write_text("\n".join(lines) + "\n")
    target = folder / name.replace(" ", "-").replace(",", "")
    target.mkdir()
    if traces:
        shutil.copytree(traces, target / "traces")
    subprocess.run([tokenswarm, "search", recipe, "-o", target], check=True, capture_output=True)
    subprocess.run([tokenswarm, "compare", target], check=True, capture_output=True)
    return target


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenswarm")
    parser.add_argument("members", choices=["zoo", "data"])
    parser.add_argument("--data", default=ROOT.parent / "shared/data")
    parser.add_argument("--runs", help="keep the runs here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(arguments.runs or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        members = globals()[arguments.members](folder, arguments)
        traces = None
        rows = {}
        for name, extra in SEARCHES.items():
            target = search(os.path.abspath(arguments.tokenswarm), folder, members, name, extra, traces)
            # The first search has its members read for every temperature: what all others need is part of it.
            traces = traces or target / "traces"
            report = json.load(open(target / "report.json"))["tasks"][0]
            scores = {split: report[split]["scores"] for split in ("dev", "test")}
            if not rows:
                print(f"{report['dev']['n']} dev and {report['test']['n']} test documents\n")
                for system in [s for s in scores["test"] if s.startswith("member:")] + ["uniform", "em"]:
                    rows[system] = [scores["dev"][system], scores["test"][system], ""]
            against = next(d for d in report["test"]["differences"] if d["against"] == "em")
            share = 100 / scores["test"]["em"]
            rows[f"swarm: {name}"] = [
                scores["dev"]["swarm"], scores["test"]["swarm"],
                f"{share * against['value']:+.1f}%, 95% {share * against['low']:+.1f} … {share * against['high']:+.1f}%",
            ]
            print((target / "best.yaml").read_text().partition("pool:")[2].partition("tasks:")[0])
        print("| composition | dev | test | against EM |\n|---|---|---|---|")
        for system, (dev, test, against) in rows.items():
            print(f"| {system} | {dev:.3f} | {test:.3f} | {against} |" if test else f"| {system} | | ∞ | |")


if __name__ == "__main__":
    main()
