"""Figures of the alignment modes: evaluations, speed, bits per byte, right answers and long texts, with equal weights.

    python bench/modes.py TOKENSWARM [--data FOLDER] [--large A B] [--wide MODEL] [--only speed,bits,answers,long,wide]

TOKENSWARM is the release binary. Everything is measured on the bundled zoo; with --data, which holds
models/llama-stories260k and models/llama-babyllama-tok105 and text/tinystories_1MiB.txt, on those two as well, and with
--large on two models more, for speed alone (bench/models/widen.py makes the two above as large as one likes); with --wide, a model of some 150,000 tokens (bench/models/random_model.py writes one), the lattice's own share of the time
too, for which `perf` is needed. Times are the process's CPU seconds on 1 thread, less those of the same command asked
for one token, so that neither loading nor reading the prompt counts, nor what else the machine does. Python's standard
library is enough.
"""

import argparse
import json
import math
import pathlib
import random
import re
import resource
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ZOO = ROOT / "bench" / "zoo"
ZOO_MEMBERS = [("almanac", "almanac"), ("ledger", "ledger.gguf"), ("herbal", "herbal"), ("bestiary", "bestiary")]
#: Name of a system, flags.
UNION = [(f"union/{policy}", ["--alignment", "union", "--policy", policy]) for policy in ("zero", "first", "share")]
HYBRID = ("hybrid", ["--alignment", "hybrid"])
BYTES = ("bytes", ["--alignment", "bytes"])
EAGER = ("bytes, eager", [*BYTES[1], "--exact-eager"])
PRUNED = ("bytes, ε = 1e-4", [*BYTES[1], "--epsilon", "1e-4"])


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


class Tool:
    def __init__(self, path):
        self.path = path
        self.folder = pathlib.Path(tempfile.mkdtemp())

    def __call__(self, *arguments, text=None):
        """(parsed output, CPU seconds)"""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = subprocess.run([self.path, *map(str, arguments)], capture_output=True, text=True, input=text)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if run.returncode != 0:
            raise SystemExit(f"{' '.join(map(str, arguments))}\n{run.stderr}")
        return json.loads(run.stdout), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def recipe(self, members, prompts):
        path = self.folder / "modes.yaml"
        text = ["name: modes", "seed: 1", "members:"]
        weight = 1 / len(members)
        text += [f"  - {{name: {name}, path: {json.dumps(str(path))}, weight: {weight}}}" for name, path in members]
        text += ["generate:", "  prompts:"] + [f"    - {json.dumps(prompt)}" for prompt in prompts]
        path.write_text("\n".join(text) + "\n")
        return path

    def generate(self, members, prompts, flags, stop=()):
        """(records, CPU seconds), one process for all prompts: the models are loaded once."""
        stops = [part for text in stop for part in ("--stop", text)]
        recipe = self.recipe(members, prompts)
        records, seconds = self("generate", recipe, "--json", "--threads", "1", *stops, *flags)
        return (records if isinstance(records, list) else [records]), seconds

    def score(self, members, text, flags):
        path = self.folder / "text.txt"
        path.write_bytes(text.encode())
        arguments = [part for name, path in members for part in ("--member", f"{name}={path}")]
        return self("score", *arguments, "--text", path, "--json", "--threads", "1", *flags)[0]

    def token_count(self, member, texts):
        """Tokens of the texts as the member cuts them."""
        return len(self("tokenize", "--member", member, "--no-special", text="\n".join(texts))[0])


def table(title, head, rows):
    print(f"\n{title}\n")
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)


def evaluations(records):
    return sum(member["evaluations"] for record in records for member in record["members"])


def passes(records):
    return sum(member["passes"] for record in records for member in record["members"])


def size(records):
    return sum(len(record["text"].encode()) for record in records)


# Generation: evaluations and speed.


def speed(tool, title, members, prompts, tokens, systems, alone=()):
    rows = []
    reference = None
    runs = [("composed", members, *system) for system in systems]
    runs += [(name, [(name, path)], *system) for name, path in members for system in alone]
    for who, group, name, flags in runs:
        whole, seconds = tool.generate(group, prompts, ["--max-tokens", tokens, *flags])
        first, start = tool.generate(group, prompts, ["--max-tokens", 1, *flags])
        written = size(whole) - size(first)
        asked = evaluations(whole) - evaluations(first)
        batches = passes(whole) - passes(first)
        # Tokens of what was written, as each member cuts it: 1 evaluation a token is ordinary decoding.
        own = sum(
            tool.token_count(path, [a["text"][len(b["text"]) :] for a, b in zip(whole, first)]) for _, path in group
        )
        bound = max((record.get("total_variation_bound") or 0 for record in whole), default=0)
        a_byte = (seconds - start) / written
        if who == "composed" and name.startswith("union/share"):
            reference = a_byte
        rows.append(
            [
                who,
                name,
                f"{asked / own:.2f}",
                f"{batches / own:.2f}",
                f"{asked / written / len(group):.2f}",
                f"{1 / a_byte:.0f}",
                f"{a_byte / reference:.2f}" if who == "composed" and reference else "",
                f"{bound:.1e}" if bound else "",
            ]
        )
    head = ["who", "mode", "evaluations a token", "passes", "a byte and member", "bytes/s", "time of union/share", "TV bound"]
    table(title, head, rows)


# Text: bits per byte.


def bits(tool, title, members, texts):
    # Over joint segments, as `union` without a policy: what `hybrid` generates by.
    systems = [("hybrid", HYBRID[1], "bits_per_byte")]
    systems += [(f"{name}, as it generates", flags, "generated_bits_per_byte") for name, flags in UNION]
    systems += [("bytes", BYTES[1], "bits_per_byte")]
    found = {}
    for name, flags, key in systems:
        found[name] = [tool.score(members, text, flags).get(key) for text in texts]
    sizes = [len(text.encode()) for text in texts]
    rows = []
    for name, _, _ in systems:
        values = [math.inf if value is None else value for value in found[name]]
        reference = found["bytes"]
        whole = sum(value * size for value, size in zip(values, sizes)) / sum(sizes)
        if all(map(math.isfinite, values)):
            low, high = interval([(v - r) * s for v, r, s in zip(values, reference, sizes)], sizes)
            rows.append([name, f"{whole:.4f}", f"{low:+.4f} … {high:+.4f}" if name != "bytes" else ""])
        else:
            rows.append([name, "∞", f"{sum(map(math.isinf, values))} of {len(values)} texts cannot be written"])
    head = ["mode", "bits per byte", "minus bytes, 95%"]
    table(f"{title}: bits per byte, {len(texts)} texts, {sum(sizes)} bytes", head, rows)


# Answers: exact match.


def normalized(text):
    return re.sub(r"\.$", "", " ".join(text.split()))


def is_right(record, question):
    return float(normalized(record["text"]) in map(normalized, question.get("answers", [question.get("answer")])))


def answers(tool, title, members, questions, systems):
    right = {}
    times = {}
    prompts = [question["prompt"] for question in questions]
    for name, flags in systems:
        records, seconds = tool.generate(members, prompts, ["--max-tokens", "32", *flags], stop=["\n"])
        _, start = tool.generate(members, prompts[:1], ["--max-tokens", "1", *flags], stop=["\n"])
        times[name] = (seconds - start) / len(questions)
        right[name] = [is_right(record, question) for record, question in zip(records, questions)]
    # Several words: what a union that cuts words badly gets wrong first.
    long = [index for index, question in enumerate(questions) if " " in question["answer"]]
    rows = []
    for name, _ in systems:
        row = [name]
        for chosen in (range(len(questions)), long):
            values = [right[name][index] for index in chosen]
            low, high = interval(values)
            row.append(f"{sum(values) / len(values):.3f} ({low:.3f} … {high:.3f})")
        row.append(f"{times[name] * 1000:.1f}")
        if name != "bytes" and "bytes" in right:
            low, high = interval([a - b for a, b in zip(right[name], right["bytes"])])
            row.append(f"{low:+.3f} … {high:+.3f}")
        else:
            row.append("")
        rows.append(row)
    head = ["mode", "exact match (95%)", f"of {len(long)} with several words", "ms an answer", "minus bytes, 95%"]
    table(f"{title}: {len(questions)} answers, greedy", head, rows)


# Long texts: does what is written stay language?


def long_texts(tool, title, members, prompts, tokens, systems, known):
    """Sampled texts: the share of their words that are words, and what the composition over bytes thinks of them."""
    rows = []
    for name, flags in systems:
        records, _ = tool.generate(members, prompts, ["--max-tokens", tokens, "--temperature", "1", *flags])
        good, count, cost, written = [], [], [], []
        for prompt, record in zip(prompts, records):
            # Without the last word, which may have been cut off, and the one that goes on the prompt.
            words = re.findall(r"[^\W\d_]+", record["text"])[1:-1]
            good.append(sum(word.lower() in known for word in words))
            count.append(len(words))
            if record["text"]:
                whole, before = prompt + record["text"], prompt
                a, b = (len(part.encode()) * tool.score(members, part, BYTES[1])["bits_per_byte"] for part in (whole, before))
                cost.append(a - b)
                written.append(len(record["text"].encode()))
        low, high = interval(good, count)
        least, most = interval(cost, written)
        rows.append(
            [
                name,
                f"{sum(written)}",
                f"{sum(good) / sum(count):.4f} ({low:.4f} … {high:.4f})",
                f"{sum(cost) / sum(written):.3f} ({least:.3f} … {most:.3f})",
            ]
        )
    head = ["mode", "bytes written", "words that are words (95%)", "bits per byte by the composition over bytes (95%)"]
    table(f"{title}: {len(prompts)} texts sampled at temperature 1", head, rows)


def interval(values, sizes=None, draws=10_000):
    """95% bootstrap interval of a mean, or of Σ values / Σ sizes."""
    generator = random.Random(0)
    count = len(values)
    means = []
    for _ in range(draws if count <= 400 else draws // 4):
        chosen = generator.choices(range(count), k=count)
        below = sum(sizes[i] for i in chosen) if sizes else count
        means.append(sum(values[i] for i in chosen) / max(1, below))
    means.sort()
    return means[int(0.025 * len(means))], means[int(0.975 * len(means))]


# The lattice's own time.

#: Functions of the model. The kernel's time (pages of a mapped file) is nobody's.
MODEL = re.compile(r"SwarmKernels|SwarmModels|SwarmFormats")


def samples(tool, members, prompts, flags):
    """(samples of `perf` in the model, in all else) of one run."""
    data = tool.folder / "perf.data"
    command = [tool.path, "generate", tool.recipe(members, prompts), "--json", "--threads", "1", *flags]
    record = ["perf", "record", "-q", "-F", "997", "-o", data]
    subprocess.run([str(part) for part in [*record, *command]], capture_output=True, check=True)
    report = ["perf", "report", "-i", str(data), "--stdio", "-n", "-g", "none", "--sort", "symbol"]
    text = subprocess.run(report, capture_output=True, text=True, check=True).stdout
    # The C kernels have plain names of their own.
    sources = (ROOT / "Sources" / "CKernels").glob("*.[ch]")
    names = set(re.findall(r"\b([a-z][a-z0-9_]*)\(", "".join(path.read_text() for path in sources)))
    model, rest = 0, 0
    for count, space, symbol in re.findall(r"^\s+[\d.]+%\s+(\d+)\s+\[(.)\] (\S+)", text, re.MULTILINE):
        # `exp` is in kernels too, but those are vectors' own.
        if space == "k":
            continue
        if MODEL.search(symbol) or (symbol in names and not symbol.startswith(("exp", "log", "mem", "malloc", "free"))):
            model += int(count)
        else:
            rest += int(count)
    return model, rest


def overhead(tool, path, prompts, tokens):
    member = [("wide", path)]
    rows = []
    for name, flags in [("tokens", ["--alignment", "union"]), BYTES, PRUNED]:
        whole, seconds = tool.generate(member, prompts, ["--max-tokens", tokens, *flags])
        first, start = tool.generate(member, prompts, ["--max-tokens", 1, *flags])
        steps = sum(record["tokens"] for record in whole) - sum(record["tokens"] for record in first)
        asked = evaluations(whole) - evaluations(first)
        # Loading and the prompt are in both.
        many = samples(tool, member, prompts, ["--max-tokens", str(tokens), *flags])
        one = samples(tool, member, prompts, ["--max-tokens", "1", *flags])
        model, rest = many[0] - one[0], many[1] - one[1]
        rows.append(
            [
                name,
                f"{(seconds - start) / max(1, steps) * 1000:.1f}",
                f"{asked / max(1, steps):.2f}",
                f"{rest / max(1, model + rest):.1%}",
            ]
        )
    table(
        f"One member of a wide vocabulary, {len(prompts)} prompts, {tokens} tokens each",
        ["mode", "ms a token", "evaluations a token", "outside the model"],
        rows,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tokenswarm")
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--large", type=pathlib.Path, nargs=2)
    parser.add_argument("--wide", type=pathlib.Path)
    parser.add_argument("--answers", type=int, default=1000)
    parser.add_argument("--texts", type=int, default=40)
    parser.add_argument("--prompts", type=int, default=12)
    parser.add_argument("--only", default="speed,bits,answers,long,wide")
    arguments = parser.parse_args()
    tool = Tool(arguments.tokenswarm)
    only = arguments.only.split(",")
    # What the others are compared with comes first.
    modes = [*reversed(UNION), HYBRID, BYTES]
    sampled = [(f"{name}, T = 1", [*flags, "--temperature", "1"]) for name, flags in [UNION[2], HYBRID, BYTES, EAGER]]
    alone = [("tokens", UNION[2][1]), BYTES, EAGER]

    texts = [line["text"] for line in lines(ZOO / "tasks" / "text.test.jsonl")]
    sets = [("The zoo", [(name, ZOO / "members" / path) for name, path in ZOO_MEMBERS], texts)]
    if arguments.data:
        folder = arguments.data / "models"
        real = [("stories", folder / "llama-stories260k"), ("tok105", folder / "llama-babyllama-tok105")]
        stories = (arguments.data / "text" / "tinystories_1MiB.txt").read_text().split("<|endoftext|>")
        # The second model has no line feed.
        stories = [" ".join(story.split())[:400] for story in stories if len(story.strip()) > 450]
        sets.append(("Two real models", real, stories))
        if arguments.large and "speed" in only:
            large = [(f"large{number}", path) for number, path in enumerate(arguments.large, 1)]
            prompts = [text[:40] for text in stories[: max(1, arguments.prompts // 4)]]
            speed(tool, "Two larger models, greedy", large, prompts, 48, modes)
            speed(tool, "Two larger models, sampled", large, prompts, 48, sampled[:3])
    for title, members, texts in sets:
        prompts = [text[:40] for text in texts[: arguments.prompts]]
        known = {word.lower() for text in texts for word in re.findall(r"[^\W\d_]+", text)}
        if "speed" in only:
            speed(tool, f"{title}, greedy", members, prompts, 48, modes + [EAGER, PRUNED], alone)
            speed(tool, f"{title}, sampled", members, prompts, 48, sampled)
        if "answers" in only and title == "The zoo":
            questions = lines(ZOO / "tasks" / "answers.test.jsonl")[: arguments.answers]
            answers(tool, title, members, questions, modes)
        if "long" in only:
            long_texts(tool, title, members, prompts, 120, modes, known)
        if "bits" in only:
            bits(tool, title, members, texts[: arguments.texts])
    if arguments.wide and "wide" in only:
        overhead(tool, arguments.wide, [text[:40] for text in sets[0][2][:2]], 32)


if __name__ == "__main__":
    main()
