"""Writes a tiny llama whose matrices lie in every packed type of GGUF, and the logits the reference gives for it.

    pip install torch==2.13.0 transformers==4.57.6 safetensors gguf==0.19.0 numpy
    python bench/oracles/packed_model_goldens.py Tests/Fixtures/models/llama-packed

The logits are those of float32 arithmetic on the numbers that gguf reads in the file.
"""
import json
import pathlib
import sys

import gguf
import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from model_goldens import VOCABULARY, logits, prompts
from quantised_goldens import READ_ONLY, random_blocks

HIDDEN, INNER, LAYERS, HEADS, KV_HEADS, HEAD = 256, 32, 2, 2, 1, 16
# Rows of 256 take any type; the rows of 32 of `attn_output` and `ffn_down` only types of short blocks.
KINDS = {
    "token_embd": "Q4_K", "output": "Q6_K",
    "blk.0.attn_q": "Q4_0", "blk.0.attn_k": "Q4_1", "blk.0.attn_v": "Q6_K", "blk.0.attn_output": "Q5_0",
    "blk.0.ffn_gate": "Q2_K", "blk.0.ffn_up": "Q3_K", "blk.0.ffn_down": "Q5_1",
    "blk.1.attn_q": "Q4_K", "blk.1.attn_k": "Q5_K", "blk.1.attn_v": "IQ4_XS", "blk.1.attn_output": "IQ4_NL",
    "blk.1.ffn_gate": "Q4_0", "blk.1.ffn_up": "Q6_K", "blk.1.ffn_down": "MXFP4",
}


def stored(kind, shape, deviation, generator):
    if kind in READ_ONLY:
        return random_blocks(kind, shape, deviation, generator)
    weights = (generator.standard_normal(shape) * deviation).astype(np.float32)
    return gguf.quants.quantize(weights, gguf.GGMLQuantizationType[kind])


def main(out):
    generator = np.random.default_rng(13)
    torch.manual_seed(20260102)
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=HIDDEN, intermediate_size=INNER, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, head_dim=HEAD, max_position_embeddings=64,
        bos_token_id=1, eos_token_id=2, pad_token_id=0, tie_word_embeddings=False, attn_implementation="eager")
    model = LlamaForCausalLM(config).eval().float()
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, LAYERS)
    out.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(str(out / "llama-packed.gguf"), "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(config.rope_theta)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    types, size = {}, 0
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            target = names.get_name(name.removesuffix(".weight"))
            kind = KINDS.get(target, "F32")
            types[kind] = types.get(kind, 0) + parameter.numel()
            if kind == "F32":
                parameter.add_(0.2 * torch.randn_like(parameter))
                size += 4 * parameter.numel()
                writer.add_tensor(target + ".weight", parameter.numpy().copy())
                continue
            deviation = 0.5 if target == "token_embd" else 1.2 / parameter.shape[1] ** 0.5
            blocks = stored(kind, tuple(parameter.shape), deviation, generator)
            size += blocks.nbytes
            kind = gguf.GGMLQuantizationType[kind]
            writer.add_tensor(target + ".weight", blocks, raw_dtype=kind)
            weights = gguf.quants.dequantize(blocks, kind).reshape(parameter.shape)
            if target.endswith(("attn_q", "attn_k")):
                # GGUF's llama rotates neighbouring rows, the reference's the two halves of a head.
                heads = HEADS if target.endswith("q") else KV_HEADS
                weights = weights.reshape(heads, HEAD // 2, 2, HIDDEN).swapaxes(1, 2).reshape(parameter.shape)
            parameter.copy_(torch.from_numpy(weights.copy()))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    reference = logits(model)
    (out / "logits.bin").write_bytes(reference.tobytes())
    golden = {"prompts": prompts(), "logits": {"llama-packed.gguf": "logits.bin"}, "types": types, "bytes": size}
    (out / "goldens.json").write_text(json.dumps(golden) + "\n")
    print(f"logits sd {reference.std():.2f}", file=sys.stderr)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
