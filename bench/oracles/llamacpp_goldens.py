"""Writes a tiny llama for every quantised type of GGUF, with the logits llama.cpp gives for it.

    pip install xllamacpp==2026.10.11549 gguf==0.19.0 numpy
    python bench/oracles/llamacpp_goldens.py Tests/Fixtures/models/llama-quantised

Weights are quantised by llama.cpp. Logits are those of its plain path: products of the types as they are stored, attention
and its cache in float32. Its other paths (repacked weights, flash attention) give others; the script prints how far from
these they are.
"""
import json
import pathlib
import sys

import llamacpp
import numpy as np
import random_llama

LONG = ["Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_XS"]
SHORT = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "IQ4_NL", "MXFP4"]
VOCABULARY, HEADS, KV_HEADS, HEAD, INNER, PROMPTS, TOKENS = 32, 4, 2, 8, 32, 2, 10


def write_model(path, kind, seed):
    # Blocks of 256 need rows as long; the rows of 32 are then Q8_0.
    hidden, layers = (256, 1) if kind in LONG else (64, 2)
    shape = random_llama.Shape(hidden, INNER, layers, HEADS, KV_HEADS, HEAD, VOCABULARY, context=64)
    random_llama.write(path, shape, lambda columns: "Q8_0" if kind in LONG and columns % 256 else kind, seed)


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    prompts = np.random.default_rng(1).integers(4, VOCABULARY, (PROMPTS, TOKENS)).tolist()
    files = {}
    for kind in SHORT + LONG:
        name = f"llama-{kind.lower()}.gguf"
        write_model(out / name, kind, seed=5)
        logits = {}
        for path, settings in {"plain": {}, "flash": {"flash_attention": True}, "repacked": {"repack": True}}.items():
            model = llamacpp.Model(out / name, repack=settings.pop("repack", False))
            logits[path] = np.concatenate([model.logits(prompt, **settings) for prompt in prompts])
            model.close()
        files[name] = name.replace(".gguf", ".logits.bin")
        (out / files[name]).write_bytes(logits["plain"].astype("<f4").tobytes())
        away = {path: f"{np.abs(rows - logits['plain']).max():.1e}" for path, rows in logits.items() if path != "plain"}
        print(kind, f"logits sd {logits['plain'].std():.2f}, llama.cpp's own other paths differ by", away, file=sys.stderr)
    (out / "goldens.json").write_text(json.dumps({"prompts": prompts, "logits": files}) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
