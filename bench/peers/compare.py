"""Tokens a second of `tokenswarm bench` beside llama.cpp and torch: same machine, same run, taking turns.

    pip install -r bench/peers/requirements.txt
    python bench/models/random_model.py MODELS --types HF-BF16,F16,BF16,Q8_0,Q4_0,Q4_K
    swift build -c release
    python bench/peers/compare.py MODELS [--types q8_0,q4_0,q4_k,bf16] [--torch] [--threads 2] [--rounds 5]

MODELS holds `NAME-TYPE.gguf` files and `NAME-hf-bf16` folders. In each round every engine runs once, one after the
other; a ratio is taken within its round and the table gives the median of the rounds with the least and the largest, and
below it the geometric mean of the medians over the models.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

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
    return {row["test"]: row["avg_ts"] for row in rows}


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
    print("| model | type | test | tokenswarm t/s | peer t/s | ratio (median, least … largest) |")
    print("| --- | --- | --- | ---: | ---: | ---: |")
    for kind in kinds:
        medians = {}
        for model in sorted(options.models.glob(f"*-{kind}" + ("" if options.torch else ".gguf"))):
            name = model.name.removesuffix(".gguf").removesuffix(f"-{kind}")
            if only and name not in only:
                continue
            rounds = []
            for _ in range(options.rounds):
                mine = ours(options, model)
                extra = ["--dtype", options.dtype] if options.torch else ["-b", options.b]
                other = peer(options, "torch_engine.py" if options.torch else "llamacpp_engine.py", model, extra)
                rounds.append((mine, other))
            for test in (test for test in rounds[0][0] if test in rounds[0][1]):
                ratios = sorted(mine[test] / other[test] for mine, other in rounds)
                median = statistics.median(ratios)
                medians.setdefault(test.rstrip("0123456789"), []).append(median)
                speeds = [statistics.median(side[test] for side in sides) for sides in zip(*rounds)]
                print(f"| {name} | {kind} | {test} | {speeds[0]:.1f} | {speeds[1]:.1f} | "
                      f"{median:.2f} ({ratios[0]:.2f} … {ratios[-1]:.2f}) |", flush=True)
        for test, values in medians.items():
            print(f"| geometric mean of {len(values)} | {kind} | {test} |  |  | **{geometric_mean(values):.2f}** |",
                  flush=True)


if __name__ == "__main__":
    main()
