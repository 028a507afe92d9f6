"""Where the time goes while tokens are read and generated, by perf's samples.

    swift build -c release
    python bench/profile.py MODEL [--tokenswarm .build/release/tokenswarm] [-t 2]

Runs `tokenswarm bench` under `perf record` (Debian's linux-perf) once a test: a prompt of 512, 128 tokens one at a time, and
16 sequences of 64; prints for each which share of the processor's time went where. Loading is part of it: repetitions make
it small.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

PARTS = [
    ("products", r"^(multiply|quantised|wide|tile)"),
    ("quantising activations", r"^(quantise|dequantise)"),
    ("attention", r"^(attention|softmax|cache_store)"),
    ("norms, activations, RoPE", r"^(rms_norm|layer_norm|activate|rope|add|scale)$"),
    ("threads waiting for each other", r"^(worker|ts_pool_run|__schedule|.*sched_.*|do_syscall.*|entry_SYSCALL.*|.*yield.*)"),
    ("packing", r"^ts_pack"),
    ("logits", r"^(exp_|maximum|log_sum|power_sum|ts_places)"),
]
TESTS = [("pp512", ["-p", 512, "-n", 0]), ("tg128", ["-p", 0, "-n", 128]), ("b16", ["-p", 0, "-n", 64, "-b", 16])]


def profile(command):
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        record = ["perf", "record", "-q", "-F", "2000", "-o", data, *command]
        result = subprocess.run([str(part) for part in record], capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(result.stderr[-2000:])
        report = ["perf", "report", "-i", data, "--stdio", "--no-children", "-F", "overhead,sym"]
        text = subprocess.run([str(part) for part in report], capture_output=True, text=True, check=True).stdout
    shares = {}
    for share, symbol in re.findall(r"^\s*([0-9.]+)%\s+\[[.k]\]\s+(\S.*?)\s*$", text, re.M):
        part = next((name for name, pattern in PARTS if re.search(pattern, symbol)), "all else")
        shares[part] = shares.get(part, 0) + float(share)
    return shares


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--tokenswarm", default=".build/release/tokenswarm")
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-r", "--repetitions", type=int, default=4)
    options = parser.parse_args()
    columns = [
        profile([options.tokenswarm, "bench", options.model, "-t", options.threads, "-r",
                 options.repetitions * (3 if name == "tg128" else 1), *test]) for name, test in TESTS]
    print("| share of time, % | " + " | ".join(name for name, _ in TESTS) + " |")
    print("| --- |" + " ---: |" * len(TESTS))
    for part in [name for name, _ in PARTS] + ["all else"]:
        print(f"| {part} | " + " | ".join(f"{column.get(part, 0):.1f}" for column in columns) + " |")


if __name__ == "__main__":
    main()
