"""Resident memory of a model at work, beside what it may come to: its files, its KV cache and 100 MB.

    python bench/models/memory.py .build/release/tokenswarm MODEL… [--tokens 512]

Each model (a GGUF file or a Hugging Face folder) reads `--tokens` tokens with `tokenswarm logits`; its memory is sampled
every 5 ms from /proc. `peak` is the most at any moment, opening included; `at work` the last sample; `anonymous` is the
part of the peak's process memory that is not mapped files.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time


def sample(pid):
    fields = {}
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(("VmRSS", "RssAnon")):
            name, value = line.split(":")
            fields[name] = int(value.split()[0]) * 1024
    return fields.get("VmRSS", 0), fields.get("RssAnon", 0)


def measure(tool, model, tokens):
    ids = ",".join(str(i % 90 + 3) for i in range(tokens))
    process = subprocess.Popen([tool, "logits", "--member", str(model), "--tokens", ids], stdout=subprocess.DEVNULL)
    samples = []
    while process.poll() is None:
        try:
            samples.append(sample(process.pid))
        except OSError:
            break
        time.sleep(0.005)
    if process.wait():
        raise SystemExit(f"{model}: exit code {process.returncode}")
    samples = [s for s in samples if s[0]]
    return max(s[0] for s in samples), samples[-1][0], max(s[1] for s in samples)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool")
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--tokens", type=int, default=512)
    options = parser.parse_args()
    print(f"{'MB':32} {'file':>6} {'KV':>6} {'peak':>6} {'over':>6} {'at work':>8} {'anonymous':>10}")
    failed = False
    for model in options.models:
        facts = json.loads(subprocess.run(
            [options.tool, "inspect", str(model), "--json"], check=True, capture_output=True).stdout)
        cache = facts["memory"]["kv_cache_per_token"] * (1 if "mamba" in facts["architecture"] else options.tokens)
        files = model.rglob("*") if model.is_dir() else [model]
        size = sum(f.stat().st_size for f in files)
        peak, last, anonymous = measure(options.tool, model, options.tokens)
        over = peak - size - cache
        failed |= over > 100e6
        print(f"{model.name:32} {size / 1e6:6.0f} {cache / 1e6:6.0f} {peak / 1e6:6.0f} {over / 1e6:6.0f} "
              f"{last / 1e6:8.0f} {anonymous / 1e6:10.0f}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
