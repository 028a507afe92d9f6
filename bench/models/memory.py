"""Resident memory of a model at work, beside what it may come to: its files, its KV cache and 100 MB.

    python bench/models/memory.py .build/release/tokenswarm MODEL… [--prompt 512] [--tokens 128]

Each model (a GGUF file or a Hugging Face folder) reads some `--prompt` tokens of text and writes `--tokens` more with
`tokenswarm generate`, opened as for the first time: its weights are checked. `peak` is the kernel's own mark of the most
memory at any moment (VmHWM), mapped files included; `over` is what it is above file and KV cache; `anonymous` is the most
that was not mapped files, seen every 5 ms.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

WORDS = "the harbour keeps its lanterns lit until the last of the boats is home and nobody asks who pays for oil "


def sample(pid):
    fields = {}
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(("VmHWM", "RssAnon")):
            name, value = line.split(":")
            fields[name] = int(value.split()[0]) * 1024
    return fields.get("VmHWM", 0), fields.get("RssAnon", 0)


def tokens_of(tool, model, text):
    result = subprocess.run([tool, "tokenize", "--member", str(model)], input=text.encode(), check=True,
                            capture_output=True)
    return len(json.loads(result.stdout))


def prompt_of(tool, model, tokens):
    """Text of about that many tokens, and how many it has."""
    text = WORDS * (1 + tokens // 10)
    text = text[:len(text) * tokens // tokens_of(tool, model, text)]
    return text, tokens_of(tool, model, text)


def measure(tool, model, prompt, tokens):
    with tempfile.TemporaryDirectory() as cache:
        process = subprocess.Popen(
            [tool, "generate", "--member", str(model), "--prompt", prompt, "--max-tokens", str(tokens), "--json"],
            stdout=subprocess.PIPE, env=os.environ | {"XDG_CACHE_HOME": cache})
        peak = anonymous = 0
        while process.poll() is None:
            try:
                found = sample(process.pid)
            except OSError:
                break
            peak, anonymous = max(peak, found[0]), max(anonymous, found[1])
            time.sleep(0.005)
        process.communicate()
    if process.returncode:
        raise SystemExit(f"{model}: exit code {process.returncode}")
    return peak, anonymous


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool")
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--tokens", type=int, default=128)
    options = parser.parse_args()
    print(f"{'MB':32} {'file':>6} {'KV':>6} {'peak':>6} {'over':>6} {'anonymous':>10}")
    failed = False
    for model in options.models:
        facts = json.loads(subprocess.run(
            [options.tool, "inspect", str(model), "--json"], check=True, capture_output=True).stdout)
        prompt, count = prompt_of(options.tool, model, options.prompt)
        # Of recurrent models the states of the contexts used last are kept, up to a limit that is part of the total.
        memory = facts["memory"]
        cache = min(memory["kv_cache_per_token"] * (count + options.tokens), memory["total"] - memory["weights"])
        files = model.rglob("*") if model.is_dir() else [model]
        size = sum(f.stat().st_size for f in files)
        peak, anonymous = measure(options.tool, model, prompt, options.tokens)
        over = peak - size - cache
        failed |= over > 100e6
        print(f"{model.name:32} {size / 1e6:6.0f} {cache / 1e6:6.0f} {peak / 1e6:6.0f} {over / 1e6:6.0f} "
              f"{anonymous / 1e6:10.0f}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
