"""Figures of the search, in processor seconds so that a busy machine does not matter; needs nothing but Python.

usage: python bench/search_figures.py TOKENSWARM speed|cost|published|seeds [--runs FOLDER]

speed      particle evaluations a second on traces of 200 examples x 300 bytes x 8 members, and decoding the same once
cost       a whole search on traces against the members' single pass over the examples
published  20 particles, 50 iterations, 200 dev examples: time and memory of search and comparison
seeds      ten seeds: test scores of every control and of searched compositions with and without extra dimensions
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import tempfile
import time

ZOO = pathlib.Path(__file__).resolve().parent / "zoo"
MEMBERS = ["almanac", "ledger.gguf", "herbal", "bestiary"]
DIMENSIONS = {
    "weights": "",
    "+ uncertainty": "search: {uncertainty: true}",
    "+ recency": "search: {recency: true}",
    "+ temperature": "search: {temperature: true}",
    "all": "search: {uncertainty: true, recency: true, temperature: true}",
}


def run(*command):
    """Runs a command; returns its output, processor seconds and peak memory in MiB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, talk = process.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{talk.decode()}")
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return output.decode(), seconds, after.ru_maxrss / 1024


def recipe(path, tasks, copies=1, extra="", iterations=50, particles=20):
    members = [
        f"  - {{name: {name.split('.')[0]}{'' if copy == 0 else copy + 1}, path: {ZOO / 'members' / name}}}"
        for copy in range(copies)
        for name in MEMBERS
    ]
    lines = ["name: figures", "seed: 7", "members:", *members, "tasks:", *(f"  - {task}" for task in tasks)]
    lines += [f"swarm: {{optimizer: pso, particles: {particles}, iterations: {iterations}}}", extra]
    path.write_text("\n".join(lines) + "\n")
    return path


def texts(name, count, length=None):
    """The zoo's texts; joined and cut into `count` pieces of `length` bytes where that is given."""
    lines = [json.loads(line)["text"] for line in open(ZOO / "tasks" / f"text.{name}.jsonl")]
    if length is None:
        return lines[:count]
    whole = "\n".join(lines)
    assert whole.isascii() and len(whole) >= count * length
    return [whole[start : start + length] for start in range(0, count * length, length)]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def search(tokenswarm, path, folder):
    output, seconds, memory = run(tokenswarm, "search", path, "-o", folder, "--force", "--threads", "1", "--json")
    return json.loads(output), seconds, memory


def speed(tokenswarm, folder):
    pieces = texts("test", 200 + 8, 300)
    write(folder / "dev.jsonl", ({"text": text} for text in pieces[:200]))
    write(folder / "test.jsonl", ({"text": text} for text in pieces[200:]))
    task = f"{{name: text, kind: text, dev: {folder / 'dev.jsonl'}, test: {folder / 'test.jsonl'}, weight: 1}}"
    rates = {}
    for name, extra in DIMENSIONS.items():
        found = []
        # The first search reads what the others find read.
        for iterations in (0, 5, 205 if extra else 2005):
            path = recipe(folder / "recipe.yaml", [task], 2, extra, iterations)
            # A swarm stops when nothing improves; random search spends what it is given.
            path.write_text(path.read_text().replace("optimizer: pso", "optimizer: random"))
            report, seconds, _ = search(tokenswarm, path, folder / "run")
            # As many again for the control, which is a random search, too.
            found.append((2 * report["evaluations"], seconds))
        rates[name] = (found[2][0] - found[1][0]) / (found[2][1] - found[1][1])
    # Decoding the same text once: 20 of the 200, each from its first 30 bytes on to 300.
    path = recipe(folder / "recipe.yaml", [task], 2)
    seconds = written = 0
    for index, text in enumerate(pieces[:20]):
        (folder / "prompt.txt").write_text(text[:30])
        output, spent, _ = run(
            tokenswarm, "generate", path, "--prompt-file", folder / "prompt.txt", "--max-tokens", 160,
            "--temperature", 1, "--seed", index, "--threads", 1, "--json")
        record = json.loads(output)
        written += len(record["text"].encode())
        seconds += spent
    _, start, _ = run(
        tokenswarm, "generate", path, "--prompt", "a", "--max-tokens", 1, "--threads", 1, "--json")
    decoding = (seconds - 20 * start) / written * 200 * 270
    print("| searched | particle evaluations a second | ratio to decoding |\n|---|---|---|")
    for name, rate in rates.items():
        print(f"| {name} | {rate:,.0f} | {rate * decoding:,.0f} |")
    print(f"\ndecoding 200 x 270 bytes with 8 members once: {decoding:.1f} s, from {written} bytes")


def cost(tokenswarm, folder):
    def seconds(name, extra, *swarm):
        # A new folder each time: in an old one members would find their readings.
        target = folder / f"run-{name}"
        shutil.rmtree(target, ignore_errors=True)
        return search(tokenswarm, recipe(folder / "recipe.yaml", [task], 1, extra, *swarm), target)[1]

    print("| searched | members' pass | whole search | ratio |\n|---|---|---|---|")
    task = f"{{name: text, kind: text, dev: {ZOO}/tasks/text.dev.jsonl, test: {ZOO}/tasks/text.test.jsonl, weight: 1}}"
    for number, (name, extra) in enumerate(DIMENSIONS.items()):
        # Without iterations a search is the members' pass and four evaluations.
        pass_alone = statistics.median(seconds(number, "", 0, 4) for _ in range(3))
        whole = statistics.median(seconds(number, extra) for _ in range(3))
        print(f"| {name} | {pass_alone:.2f} s | {whole:.2f} s | {whole / pass_alone:.2f} |")


def published(tokenswarm, folder):
    print("| step | wall | processor | peak memory |\n|---|---|---|---|")
    for step, command in (
        ("search", ["search", ZOO / "recipe.yaml", "-o", folder / "run", "--force"]),
        ("compare", ["compare", folder / "run"]),
    ):
        start = time.monotonic()
        _, seconds, _ = run(tokenswarm, *command)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"| {step} | {time.monotonic() - start:.1f} s | {seconds:.1f} s | {peak:.0f} MiB |")


def seeds(tokenswarm, folder):
    tasks = [
        f"{{name: {name}, kind: {name}, dev: {ZOO}/tasks/{name}.dev.jsonl, test: {ZOO}/tasks/{name}.test.jsonl, weight: 1}}"
        for name in ("text", "choice")
    ]
    scores = {}
    traces = None
    # The first search has its members read for every temperature: what all others need is part of it.
    for name in ["all", *(name for name in DIMENSIONS if name != "all")]:
        path = recipe(folder / "recipe.yaml", tasks, 1, DIMENSIONS[name])
        for seed in range(1, 11):
            target = folder / f"{list(DIMENSIONS).index(name)}-{seed}"
            target.mkdir()
            if traces:
                shutil.copytree(traces, target / "traces")
            run(tokenswarm, "search", path, "--seed", seed, "-o", target, "--threads", "1")
            run(tokenswarm, "compare", target, "--threads", "1")
            traces = traces or target / "traces"
            report = json.load(open(target / "report.json"))
            for task in report["tasks"]:
                for system, value in task["test"]["scores"].items():
                    if name == "weights" or system in ("swarm", "random"):
                        label = system if name == "weights" else f"{system} {name}"
                        scores.setdefault(label, {}).setdefault(task["name"], []).append(value)
    print("| composition | text, bits per byte | choice, accuracy |\n|---|---|---|")
    for label, tasks in sorted(scores.items()):
        cells = [
            f"{statistics.mean(tasks[task]):.4f} ± {statistics.stdev(tasks[task]):.4f}" for task in ("text", "choice")
        ]
        print(f"| {label} | {' | '.join(cells)} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenswarm")
    parser.add_argument("figure", choices=["speed", "cost", "published", "seeds"])
    parser.add_argument("--runs", help="keep the runs here")
    arguments = parser.parse_args()
    os.environ.pop("TOKENSWARM_THREADS", None)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(arguments.runs or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        globals()[arguments.figure](os.path.abspath(arguments.tokenswarm), folder)
