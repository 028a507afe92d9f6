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

import gguf
import llamacpp
import numpy as np

TYPES = ("F32 F16 BF16 Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q2_K Q3_K Q4_K Q5_K Q6_K IQ4_NL IQ4_XS MXFP4").split()
HIDDEN, INNER, LAYERS, HEADS, KV_HEADS, HEAD, VOCABULARY = 256, 512, 2, 4, 2, 64, 96


def add_vocabulary(writer, size):
    """A SentencePiece vocabulary, which both programs want in a file."""
    words = ["<unk>", "<s>", "</s>", "<0x0A>"] + [f"▁{index}" for index in range(size - 4)]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(words)
    writer.add_token_scores([-float(index) for index in range(size)])
    writer.add_token_types([2, 3, 3, 6] + [1] * (size - 4))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)


def write_model(path, kind, seed):
    chance = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(128)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    add_vocabulary(writer, VOCABULARY)

    def matrix(name, rows, columns, deviation=None):
        weights = (chance.standard_normal((rows, columns)) * (deviation or columns ** -0.5)).astype(np.float32)
        if kind == "F32":
            writer.add_tensor(name + ".weight", weights)
            return
        type = gguf.GGMLQuantizationType[kind]
        writer.add_tensor(name + ".weight", llamacpp.quantize(type, weights), raw_dtype=type)

    def norm(name):
        writer.add_tensor(name + ".weight", (1 + 0.2 * chance.standard_normal(HIDDEN)).astype(np.float32))

    matrix("token_embd", VOCABULARY, HIDDEN, 0.5)
    for layer in range(LAYERS):
        norm(f"blk.{layer}.attn_norm")
        matrix(f"blk.{layer}.attn_q", HEADS * HEAD, HIDDEN)
        matrix(f"blk.{layer}.attn_k", KV_HEADS * HEAD, HIDDEN)
        matrix(f"blk.{layer}.attn_v", KV_HEADS * HEAD, HIDDEN)
        matrix(f"blk.{layer}.attn_output", HIDDEN, HEADS * HEAD)
        norm(f"blk.{layer}.ffn_norm")
        matrix(f"blk.{layer}.ffn_gate", INNER, HIDDEN)
        matrix(f"blk.{layer}.ffn_up", INNER, HIDDEN)
        matrix(f"blk.{layer}.ffn_down", HIDDEN, INNER)
    norm("output_norm")
    matrix("output", VOCABULARY, HIDDEN)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


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
