"""Writes models of real shapes with random weights, for measuring speed and memory without downloading anything.

    pip install torch==2.13.0 transformers==4.57.6 safetensors gguf==0.19.0 numpy
    python bench/models/random_model.py FOLDER [--models smollm2-135m,gpt2] [--types HF-BF16,F16,Q8_0,Q4_0,Q4_K]

Each model is written to FOLDER, outside the checkout, in every type asked for: `NAME-hf-bf16/` (also HF-F16, HF-F32) as
a Hugging Face folder, `NAME-q4_0.gguf` and so on as GGUF. All forms of a model are the same weights, rounded, and the
same seed gives the same files. Existing outputs are kept; remove one to have it written again.

Types follow what llama.cpp's quantizer does: vectors stay F32; in Q4_0 and Q4_K files the embedding and the head are
Q6_K; rows that are no multiple of 256 fall back from Q4_K to Q5_0 and from Q6_K to Q8_0 (all of SmolLM2-135M's and
Qwen2-0.5B's hidden width), so "Q4_K" there means what such a file really holds. `--strict` writes the type alone.
F16B is F16 with numbers that were rounded to BF16 before: what converters write of most published models.

The tokenizer is a byte-level BPE of the model's vocabulary size over made-up pieces, whatever the family's own kind:
any text can be written in it, English at some 1.8 bytes a token.
"""
import argparse
import json
import pathlib
import sys
import time
import zlib

import gguf
import numpy as np
import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

from k_quants import q4_k, q6_k

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "oracles"))
from model_goldens import add_settings, gguf_tensors  # noqa: E402

SPECIAL = "<|endoftext|>"

# name → (model_type, GGUF architecture, settings)
MODELS = {
    "smollm2-135m": ("llama", "llama", dict(
        vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
        num_key_value_heads=3, head_dim=64, max_position_embeddings=8192, rope_theta=100000.0, rms_norm_eps=1e-5,
        tie_word_embeddings=True)),
    "gpt2": ("gpt2", "gpt2", dict(vocab_size=50257, n_positions=1024, n_embd=768, n_layer=12, n_head=12)),
    "pythia-160m": ("gpt_neox", "gptneox", dict(
        vocab_size=50304, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
        max_position_embeddings=2048, rotary_pct=0.25, use_parallel_residual=True)),
    "gemma-3-270m": ("gemma3_text", "gemma3", dict(
        vocab_size=262144, hidden_size=640, intermediate_size=2048, num_hidden_layers=18, num_attention_heads=4,
        num_key_value_heads=1, head_dim=256, max_position_embeddings=32768, sliding_window=512,
        query_pre_attn_scalar=256, rope_theta=1000000.0, rope_local_base_freq=10000.0,
        layer_types=(["sliding_attention"] * 5 + ["full_attention"]) * 3)),
    "qwen2-0.5b": ("qwen2", "qwen2", dict(
        vocab_size=151936, hidden_size=896, intermediate_size=4864, num_hidden_layers=24, num_attention_heads=14,
        num_key_value_heads=2, max_position_embeddings=32768, rope_theta=1000000.0, rms_norm_eps=1e-6,
        tie_word_embeddings=True)),
    "qwen3-0.6b": ("qwen3", "qwen3", dict(
        vocab_size=151936, hidden_size=1024, intermediate_size=3072, num_hidden_layers=28, num_attention_heads=16,
        num_key_value_heads=8, head_dim=128, max_position_embeddings=40960, rope_theta=1000000.0, rms_norm_eps=1e-6,
        tie_word_embeddings=True)),
    "mamba-130m": ("mamba", "mamba", dict(
        vocab_size=50280, hidden_size=768, num_hidden_layers=24, state_size=16, conv_kernel=4, expand=2,
        time_step_rank=48)),
}
HF_TYPES = {"HF-F32": torch.float32, "HF-F16": torch.float16, "HF-BF16": torch.bfloat16}
GGUF_TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "MXFP4", "Q4_K", "Q6_K", "F16B"]


def byte_letters():
    """GPT-2's letter for each byte."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in plain]
    return {b: chr(b) for b in plain} | {b: chr(256 + i) for i, b in enumerate(others)}


def vocabulary(size):
    """`size` unique pieces, the special one last, and the merges that make them: common letters join first."""
    letters = byte_letters()
    pieces = [letters[b] for b in range(256)]
    merges, known = [], set(pieces)
    # A space begins a word: it joins on the left only.
    stems = list("etaoinshrdlcumwfgypbvkjxqz")
    lefts = [letters[32], *stems]
    total = 0
    while len(pieces) < size - 1:
        for i in range(total + 1):
            j = total - i
            if i >= len(lefts) or j >= len(stems):
                continue
            piece = lefts[i] + stems[j]
            if piece in known or len(piece) > 16 or len(pieces) == size - 1:
                continue
            known.add(piece)
            merges.append((lefts[i], stems[j]))
            pieces.append(piece)
            lefts.append(piece)
            if not piece.startswith(letters[32]):
                stems.append(piece)
        total += 1
    return pieces + [SPECIAL], merges


def write_tokenizer(folder, pieces, merges):
    last = len(pieces) - 1
    added = dict(id=last, content=SPECIAL, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
    byte_level = dict(type="ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=True)
    tokenizer = dict(
        version="1.0", truncation=None, padding=None, added_tokens=[added], normalizer=None, pre_tokenizer=byte_level,
        post_processor=None, decoder=byte_level,
        model=dict(
            type="BPE", dropout=None, unk_token=None, continuing_subword_prefix=None, end_of_word_suffix=None,
            fuse_unk=False, byte_fallback=False, vocab={p: i for i, p in enumerate(pieces)},
            merges=[" ".join(m) for m in merges]))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    settings = dict(tokenizer_class="PreTrainedTokenizerFast", bos_token=SPECIAL, eos_token=SPECIAL)
    (folder / "tokenizer_config.json").write_text(json.dumps(settings) + "\n")


def tensors(kind, config, seed):
    """Names, shapes and random values: norms near one, the state space as it is trained, matrices that keep their
    input's scale."""
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    for name, parameter in model.state_dict().items():
        if name.endswith((".attn.bias", ".masked_bias", "inv_freq")):
            continue
        if config.tie_word_embeddings and name in ("lm_head.weight", "embed_out.weight"):
            continue
        generator = np.random.default_rng([seed, zlib.crc32(name.encode())])
        shape = tuple(parameter.shape)
        if name.endswith("A_log"):
            yield name, np.log(np.broadcast_to(np.arange(1, shape[1] + 1, dtype=np.float32), shape)).astype(np.float32)
            continue
        data = generator.standard_normal(shape, dtype=np.float32)
        if len(shape) == 1:
            data *= 0.02
            is_norm = "norm" in name or ".ln_" in name or name.endswith(".D")
            # Gemma keeps its norms less one.
            if is_norm and name.endswith((".weight", ".D")) and not kind.startswith("gemma"):
                data += 1
            if name.endswith("dt_proj.bias"):
                data -= 4
        elif any(part in name for part in ("embed", "wte", "wpe")):
            data *= 0.05
        else:
            # GPT-2's matrices lie [in, out].
            fan_in = shape[0] if kind == "gpt2" and len(shape) == 2 else shape[-1]
            data *= 0.8 / fan_in ** 0.5
        yield name, data


def stored_type(wanted, target, shape, strict):
    """The type a tensor has in a file of type `wanted`."""
    if len(shape) == 1 or any(part in target for part in ("position", "conv1d", "ssm_a")):
        return "F32"
    kind = wanted
    if not strict and wanted in ("Q4_0", "Q4_K") and target in ("token_embd.weight", "output.weight"):
        kind = "Q6_K"
    if kind.endswith("_K") and shape[-1] % 256:
        if strict:
            raise SystemExit(f"{target}: rows of {shape[-1]} cannot be {kind}")
        kind = {"Q4_K": "Q5_0", "Q6_K": "Q8_0"}[kind]
    # Rows too short for any block, such as Mamba's step sizes.
    if gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[kind]][0] > 1 and shape[-1] % 32:
        kind = "F16"
    return kind


def quantise(data, kind):
    if kind in ("Q4_K", "Q6_K"):
        function = {"Q4_K": q4_k, "Q6_K": q6_k}[kind]
        rows = data.reshape(-1, data.shape[-1])
        parts = [function(rows[i:i + 4096]) for i in range(0, len(rows), 4096)]
        return np.concatenate(parts).reshape(*data.shape[:-1], -1)
    return gguf.quants.quantize(data, gguf.GGMLQuantizationType[kind])


def write_folder(folder, kind, config, dtype, seed, pieces, merges):
    folder.mkdir(parents=True)
    weights = {name: torch.from_numpy(data).to(dtype) for name, data in tensors(kind, config, seed)}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config.dtype = dtype
    config.save_pretrained(folder)
    write_tokenizer(folder, pieces, merges)


def write_gguf(path, kind, arch, config, wanted, seed, strict, pieces, merges):
    writer = gguf.GGUFWriter(str(path), arch, use_temp_file=True)
    writer.add_name(path.stem)
    add_settings(writer, config, arch)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(pieces)
    writer.add_token_types([1] * (len(pieces) - 1) + [3])
    writer.add_token_merges([" ".join(m) for m in merges])
    writer.add_bos_token_id(len(pieces) - 1)
    writer.add_eos_token_id(len(pieces) - 1)
    rounded = wanted == "F16B"
    wanted = "F16" if rounded else wanted
    for target, data in gguf_tensors(tensors(kind, config, seed), config, arch):
        if rounded:
            data = torch.from_numpy(np.ascontiguousarray(data)).bfloat16().float().numpy()
        stored = stored_type(wanted, target, data.shape, strict)
        if stored == "F32":
            writer.add_tensor(target, data)
        else:
            writer.add_tensor(target, quantise(data, stored), raw_dtype=gguf.GGMLQuantizationType[stored])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--models", default=",".join(MODELS), help="names, separated by commas: " + ", ".join(MODELS))
    parser.add_argument(
        "--types", default="HF-BF16,F16,Q8_0,Q4_0,Q4_K", help=f"any of {', '.join([*HF_TYPES, *GGUF_TYPES])}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--strict", action="store_true", help="every matrix of the type asked for")
    options = parser.parse_args()
    for name in options.models.split(","):
        if name not in MODELS:
            parser.error(f"--models: found {name}, expected one of {', '.join(MODELS)}")
        kind, arch, settings = MODELS[name]
        last = settings["vocab_size"] - 1
        config = AutoConfig.for_model(kind, bos_token_id=last, eos_token_id=last, **settings)
        config.architectures = None
        pieces, merges = vocabulary(settings["vocab_size"])
        for wanted in options.types.split(","):
            if wanted not in HF_TYPES and wanted not in GGUF_TYPES:
                parser.error(f"--types: found {wanted}, expected any of {', '.join([*HF_TYPES, *GGUF_TYPES])}")
            is_folder = wanted in HF_TYPES
            path = options.folder / (f"{name}-{wanted.lower()}" + ("" if is_folder else ".gguf"))
            if path.exists():
                continue
            began = time.time()
            options.folder.mkdir(parents=True, exist_ok=True)
            # Whole or not there.
            draft = path.with_name(path.name + ".part")
            if is_folder:
                write_folder(draft, kind, config, HF_TYPES[wanted], options.seed, pieces, merges)
            else:
                write_gguf(draft, kind, arch, config, wanted, options.seed, options.strict, pieces, merges)
            draft.rename(path)
            size = sum(p.stat().st_size for p in path.iterdir()) if is_folder else path.stat().st_size
            print(f"{path}: {size / 1e6:.0f} MB in {time.time() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
