"""Compares logits with llama.cpp: a tiny llama with all its matrices in one type of GGUF, for every type, quantised by
llama.cpp itself and evaluated by both.

    pip install xllamacpp==2026.10.11549 gguf==0.19.0 numpy
    python bench/oracles/llamacpp_logits.py --tool .build/release/tokenswarm

Prints for every type how far the logits of prompts of eight tokens are from those of llama.cpp's plain path: the median
over prompts of the largest difference, the worst, and the share of prompts above 5e-3; the same for llama.cpp's flash
attention, with K and V in float32 too, against its plain path; and for our product of the file's numbers
(TOKENSWARM_ACTIVATIONS=float). Where a number lies on the edge between two bytes that it may be quantised to, its last bit
decides, and the logits after it move by some hundredths of their spread; the more tokens, the more often that happens.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile

import llamacpp
import numpy as np
import random_llama

TYPES = ("F32 F16 BF16 Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q2_K Q3_K Q4_K Q5_K Q6_K IQ4_NL IQ4_XS MXFP4").split()
HIDDEN, INNER, LAYERS, HEADS, KV_HEADS, HEAD, VOCABULARY = 256, 512, 2, 4, 2, 64, 96


def write_model(path, kind, seed):
    shape = random_llama.Shape(HIDDEN, INNER, LAYERS, HEADS, KV_HEADS, HEAD, VOCABULARY, context=128)
    random_llama.write(path, shape, lambda _: kind, seed)


def llama_cpp_logits(path, ids, **settings):
    model = llamacpp.Model(path)
    logits = model.logits(ids, **settings)
    model.close()
    return logits


def our_logits(tool, path, ids, activations):
    answer = subprocess.run(
        [tool, "logits", "--member", str(path), "--tokens", ",".join(map(str, ids)), "--all", "--json"],
        capture_output=True, check=True, env={**os.environ, **({"TOKENSWARM_ACTIVATIONS": activations} if activations else {})})
    return np.array(json.loads(answer.stdout)["logits"], np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default=".build/release/tokenswarm")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--length", type=int, default=8)
    options = parser.parse_args()
    path = pathlib.Path(tempfile.mkdtemp()) / "model.gguf"
    print("| type | ours: median | worst | above 5e-3 | llama.cpp's flash attention: median | worst | float activations: median "
          "| worst | spread |\n|---|---|---|---|---|---|---|---|---|")
    for kind in TYPES:
        ours, flash, exact, spread = [], [], [], []
        for seed in range(options.seeds):
            write_model(path, kind, seed)
            ids = [int(id) for id in np.random.default_rng(seed).integers(4, VOCABULARY, options.length)]
            theirs = llama_cpp_logits(path, ids)
            for differences, logits in [(ours, our_logits(options.tool, path, ids, None)),
                                        (flash, llama_cpp_logits(path, ids, flash_attention=True)),
                                        (exact, our_logits(options.tool, path, ids, "float"))]:
                differences.append(np.abs(logits - theirs).max())
            spread.append(theirs.std())
        above = np.mean(np.array(ours) > 5e-3)
        print(f"| {kind} | {np.median(ours):.1e} | {max(ours):.1e} | {above:.2f} | {np.median(flash):.1e} | {max(flash):.1e} "
              f"| {np.median(exact):.1e} | {max(exact):.1e} | {np.mean(spread):.2f} |", flush=True)


if __name__ == "__main__":
    main()
