"""Tokens a second of `tokenswarm bench` beside llama.cpp and torch: same machine, same run, taking turns.

    pip install -r bench/peers/requirements.txt
    python bench/models/random_model.py MODELS --types HF-BF16,F16,BF16,Q8_0,Q4_0,Q4_K
    swift build -c release
    python bench/peers/compare.py MODELS [--types q8_0,q4_0,q4_k,bf16] [--llama-bench PATH | --torch] [-t 2] [--rounds 5]

MODELS holds `NAME-TYPE.gguf` files and `NAME-hf-bf16` folders. llama.cpp is the wheel of `xllamacpp`, or a build of one's
own where `--llama-bench` says (with `llama-batched-bench` beside it, for `-b`): compiled for the processor it is quicker.
In each round every engine runs once, one after the other, and so does `probe.c`, which tells how much memory and
arithmetic the machine gives just then. A ratio is taken within its round, and the table gives the median of the rounds
with the least and the largest, and below it the geometric mean of the medians over the models. The last column is what
share tokenswarm has of the limit: of the memory that can be read, for tokens generated one at a time, each of which reads
all weights; else of the products of floats that can be made, two operations a weight and token, the embedding's (and for
prompts the head's) not counted. A head that is not the embedding counts where it is not used.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent


def output(command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{result.stderr[-2000:]}")
    return result.stdout


def ours(options, model):
    more = ["--score"] if options.torch else ["-b", options.b]
    rows = json.loads(output([options.tokenswarm, "bench", model, "-t", options.threads, "-p", options.p,
                              "-n", options.n, "-r", 1, "-o", "json", *more]))
    return {row["test"]: row["avg_ts"] for row in rows}, rows[0]["bytes"]


def llama_bench(options, model):
    """A build of llama.cpp: its own tools."""
    rows = json.loads(output([options.llama_bench, "-m", model, "-t", options.threads, "-p", options.p, "-n", options.n,
                              "-r", 1, "-o", "json"]))
    speeds = {f"tg{row['n_gen']}" if row["n_gen"] else f"pp{row['n_prompt']}": row["avg_ts"] for row in rows}
    if options.b:
        tool = options.llama_bench.with_name("llama-batched-bench")
        result = subprocess.run(
            [str(part) for part in [tool, "-m", model, "-t", options.threads, "-tb", options.threads, "-c",
                                    options.b * (options.n + 64), "-npp", 1, "-ntg", options.n, "-npl", options.b,
                                    "--output-format", "jsonl"]], capture_output=True, text=True)
        lines = [line for line in (result.stdout + result.stderr).splitlines() if line.startswith("{")]
        if not lines:
            sys.exit(f"{tool}\n{result.stderr[-2000:]}")
        speeds[f"b{options.b}"] = json.loads(lines[-1])["speed_tg"]
    return speeds


class Probe:
    """The limits of the machine at the moment."""

    def __init__(self, threads):
        self.folder = tempfile.TemporaryDirectory()
        self.command = [pathlib.Path(self.folder.name) / "probe", threads]
        output(["cc", "-O3", "-march=native", "-pthread", HERE / "probe.c", "-o", self.command[0]])

    def run(self):
        limits = json.loads(output(self.command))
        return limits["read_gb_per_s"] * 1e9, limits["float_gflop_per_s"] * 1e9


def peer(options, engine, model, extra=()):
    text = output([options.python, HERE / engine, model, "-t", options.threads, "-p", options.p, "-n", options.n,
                   "-r", 1, *extra])
    return {test: samples[0] for test, samples in json.loads(text.splitlines()[-1]).items()}


def geometric_mean(values):
    return statistics.geometric_mean(values) if values else float("nan")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=pathlib.Path)
    parser.add_argument("--only", help="comma-separated names of models")
    parser.add_argument("--types", default="q8_0,q4_0,q4_k,bf16")
    parser.add_argument("--llama-bench", type=pathlib.Path, help="path of a llama-bench in place of the wheel")
    parser.add_argument("--torch", action="store_true", help="compare HF-BF16 folders with torch instead")
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--tokenswarm", default=".build/release/tokenswarm")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has the peer")
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-p", type=int, default=512)
    parser.add_argument("-n", type=int, default=128)
    parser.add_argument("-b", type=int, default=0, help="sequences decoded together; 0 leaves the test out")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()

    only = options.only.split(",") if options.only else None
    kinds = ["hf-bf16"] if options.torch else options.types.split(",")
    probe = Probe(options.threads)
    limits = []
    print("| model | type | test | tokenswarm t/s | peer t/s | ratio (median, least … largest) | share of limit |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: |")
    for kind in kinds:
        medians = {}
        for model in sorted(options.models.glob(f"*-{kind}" + ("" if options.torch else ".gguf"))):
            name = model.name.removesuffix(".gguf").removesuffix(f"-{kind}")
            if only and name not in only:
                continue
            about = json.loads(output([options.tokenswarm, "inspect", model, "--json"]))
            embedding = about["vocabulary_size"] * about["hidden_size"]
            rounds, shares = [], {}
            for _ in range(options.rounds):
                mine, size = ours(options, model)
                if options.torch:
                    other = peer(options, "torch_engine.py", model, ["--dtype", options.dtype])
                elif options.llama_bench:
                    other = llama_bench(options, model)
                else:
                    other = peer(options, "llamacpp_engine.py", model, ["-b", options.b])
                memory, arithmetic = probe.run()
                limits.append((memory, arithmetic))
                rounds.append((mine, other))
                for test, speed in mine.items():
                    weights = about["parameters"] - (0 if test.startswith("b") else embedding)
                    share = speed * size / memory if test.startswith("tg") else speed * 2 * weights / arithmetic
                    shares.setdefault(test, []).append(share)
            for test in (test for test in rounds[0][0] if test in rounds[0][1]):
                ratios = sorted(mine[test] / other[test] for mine, other in rounds)
                median = statistics.median(ratios)
                medians.setdefault(test.rstrip("0123456789"), []).append(median)
                speeds = [statistics.median(side[test] for side in sides) for sides in zip(*rounds)]
                print(f"| {name} | {kind} | {test} | {speeds[0]:.1f} | {speeds[1]:.1f} | "
                      f"{median:.2f} ({ratios[0]:.2f} … {ratios[-1]:.2f}) | {statistics.median(shares[test]):.2f} |",
                      flush=True)
        for test, values in medians.items():
            print(f"| geometric mean of {len(values)} | {kind} | {test} |  |  | **{geometric_mean(values):.2f}** |  |",
                  flush=True)
    for name, unit, values in zip(("memory read", "products of floats"), ("GB/s", "GFLOP/s"), zip(*limits)):
        print(f"\n{name}: {statistics.median(values) / 1e9:.1f} {unit} "
              f"({min(values) / 1e9:.1f} … {max(values) / 1e9:.1f})")


if __name__ == "__main__":
    main()
