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

import gguf
import llamacpp
import numpy as np

from llamacpp_logits import add_vocabulary

LONG = ["Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_XS"]
SHORT = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "IQ4_NL", "MXFP4"]
VOCABULARY, HEADS, KV_HEADS, HEAD, INNER, PROMPTS, TOKENS = 32, 4, 2, 8, 32, 2, 10


def write_model(path, kind, seed):
    chance = np.random.default_rng(seed)
    # Blocks of 256 need rows as long; the rows of 32 are then Q8_0.
    hidden, layers = (256, 1) if kind in LONG else (64, 2)
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(hidden)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    add_vocabulary(writer, VOCABULARY)

    def matrix(name, rows, columns, deviation=None):
        weights = chance.standard_normal((rows, columns)) * (deviation or columns ** -0.5)
        type = gguf.GGMLQuantizationType["Q8_0" if kind in LONG and columns % 256 else kind]
        writer.add_tensor(name + ".weight", llamacpp.quantize(type, weights), raw_dtype=type)

    def norm(name):
        writer.add_tensor(name + ".weight", (1 + 0.2 * chance.standard_normal(hidden)).astype(np.float32))

    matrix("token_embd", VOCABULARY, hidden, 0.5)
    for layer in range(layers):
        norm(f"blk.{layer}.attn_norm")
        matrix(f"blk.{layer}.attn_q", HEADS * HEAD, hidden)
        matrix(f"blk.{layer}.attn_k", KV_HEADS * HEAD, hidden)
        matrix(f"blk.{layer}.attn_v", KV_HEADS * HEAD, hidden)
        matrix(f"blk.{layer}.attn_output", hidden, HEADS * HEAD)
        norm(f"blk.{layer}.ffn_norm")
        matrix(f"blk.{layer}.ffn_gate", INNER, hidden)
        matrix(f"blk.{layer}.ffn_up", INNER, hidden)
        matrix(f"blk.{layer}.ffn_down", hidden, INNER)
    norm("output_norm")
    matrix("output", VOCABULARY, hidden)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


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
