"""Writes tiny random models of every architecture and the logits the reference gives for them.

    pip install torch==2.13.0 transformers==4.57.6 safetensors gguf==0.19.0 numpy
    python bench/oracles/model_goldens.py Tests/Fixtures/models

A folder each: the model in Hugging Face form, `goldens.json` (prompts and which file holds whose logits), the logits of
every position as little-endian float32, and for some the same model as GGUF. Weights are rounded to their stored type
first, so that every file's logits are those of float32 arithmetic on exactly what is stored.
"""
import json
import pathlib
import sys

import gguf
import numpy as np
import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

VOCABULARY = 96
SMALL = dict(
    vocab_size=VOCABULARY, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=64, bos_token_id=1, eos_token_id=2, pad_token_id=0,
)

NEOX = {name: value for name, value in SMALL.items() if name != "num_key_value_heads"}

# folder → (model_type, settings, stored type, GGUF architecture, GGUF types)
MODELS = {
    "llama": ("llama", SMALL | dict(
        head_dim=16, tie_word_embeddings=False, rope_theta=500000.0,
        rope_scaling=dict(rope_type="llama3", factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
                          original_max_position_embeddings=16)), "F32", "llama", ["F32", "F16", "Q8_0"]),
    "llama-yarn": ("llama", SMALL | dict(
        tie_word_embeddings=True, attention_bias=True, mlp_bias=True,
        rope_scaling=dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=16)), "F16", None, []),
    "llama-linear": ("llama", SMALL | dict(
        num_key_value_heads=1, tie_word_embeddings=True,
        rope_scaling=dict(rope_type="linear", factor=2.0)), "BF16", None, []),
    "gpt2": ("gpt2", dict(
        vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=4, n_positions=48, bos_token_id=1, eos_token_id=2),
        "F32", "gpt2", ["Q8_0"]),
    "gpt_neox": ("gpt_neox", NEOX | dict(rotary_pct=0.5, use_parallel_residual=True), "F16", "gptneox", ["Q8_0"]),
    "gpt_neox-serial": ("gpt_neox", NEOX | dict(rotary_pct=0.25, use_parallel_residual=False), "BF16", None, []),
    "qwen2": ("qwen2", SMALL | dict(
        tie_word_embeddings=True, use_sliding_window=True, sliding_window=8, max_window_layers=1), "F16", None, []),
    "qwen3": ("qwen3", SMALL | dict(head_dim=16, tie_word_embeddings=True), "BF16", "qwen3", ["BF16"]),
    "mistral": ("mistral", SMALL | dict(sliding_window=8), "F16", None, []),
    "gemma2": ("gemma2", SMALL | dict(
        head_dim=16, num_hidden_layers=3, sliding_window=8, query_pre_attn_scalar=24, attn_logit_softcapping=5.0,
        final_logit_softcapping=4.0), "F16", None, []),
    "gemma3": ("gemma3_text", SMALL | dict(
        head_dim=16, num_hidden_layers=3, sliding_window=8, query_pre_attn_scalar=24, sliding_window_pattern=3,
        layer_types=["sliding_attention", "sliding_attention", "full_attention"],
        rope_theta=1000000.0, rope_local_base_freq=10000.0,
        rope_scaling=dict(rope_type="linear", factor=2.0)), "F16", None, []),
    "phi3": ("phi3", SMALL | dict(sliding_window=8), "F16", None, []),
    "olmo2": ("olmo2", SMALL | dict(), "F16", None, []),
    "smollm3": ("smollm3", SMALL | dict(
        num_hidden_layers=4, no_rope_layers=[1, 1, 1, 0], tie_word_embeddings=True), "F16", None, []),
    "falcon": ("falcon", dict(
        vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, multi_query=True,
        new_decoder_architecture=False, parallel_attn=True, bias=False, alibi=False, ffn_hidden_size=64,
        max_position_embeddings=64, bos_token_id=1, eos_token_id=2), "F16", None, []),
    "falcon-new": ("falcon", dict(
        vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_kv_heads=2,
        new_decoder_architecture=True, parallel_attn=True, bias=False, alibi=False, ffn_hidden_size=64,
        max_position_embeddings=64, bos_token_id=1, eos_token_id=2), "F16", None, []),
    "stablelm": ("stablelm", SMALL | dict(
        partial_rotary_factor=0.5, use_qkv_bias=True, use_parallel_residual=False), "F16", None, []),
    "qwen3_moe": ("qwen3_moe", SMALL | dict(
        head_dim=16, num_experts=6, num_experts_per_tok=2, moe_intermediate_size=24, norm_topk_prob=True,
        decoder_sparse_step=1, mlp_only_layers=[]), "F16", None, []),
    "olmoe": ("olmoe", SMALL | dict(num_experts=6, num_experts_per_tok=2, intermediate_size=24), "F16", None, []),
    "mixtral": ("mixtral", SMALL | dict(num_local_experts=4, num_experts_per_tok=2, sliding_window=None), "F16", None, []),
}

TORCH_TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def make(kind, settings, stored):
    """A random model whose logits are of order 1 and whose every parameter matters."""
    torch.manual_seed(20260101)
    config = AutoConfig.for_model(kind, **settings)
    config._attn_implementation = "eager"
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval().float()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:
                parameter.add_(0.2 * torch.randn_like(parameter))
            elif "embed" in name or "wte" in name or "wpe" in name:
                parameter.copy_(torch.randn_like(parameter) * 0.5)
            else:
                parameter.copy_(torch.randn_like(parameter) * 1.2 / parameter.shape[-1] ** 0.5)
        round_weights(model, lambda w: w.to(TORCH_TYPES[stored]).float())
    return model, config


def round_weights(model, function):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(function(parameter))


def prompts():
    generator = np.random.default_rng(7)
    return [[int(t) for t in generator.integers(3, VOCABULARY, n)] for n in (24, 13, 3)]


def logits(model):
    rows = []
    with torch.no_grad():
        for prompt in prompts():
            rows.append(model(torch.tensor([prompt]), use_cache=False).logits[0].float().numpy())
    return np.concatenate(rows).astype("<f4")


def permute(weight, heads):
    """Rows of queries and keys as GGUF's llama has them: interleaved pairs."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def write_gguf(path, model, config, arch, kind):
    """The model as GGUF; returns what the stored weights are worth in float32, by reference name."""
    writer = gguf.GGUFWriter(path, arch)
    get = lambda *names: next(getattr(config, n) for n in names if getattr(config, n, None) is not None)
    layers, heads = get("num_hidden_layers", "n_layer"), get("num_attention_heads", "n_head")
    hidden = get("hidden_size", "n_embd")
    kv_heads = getattr(config, "num_key_value_heads", None) or heads
    writer.add_context_length(get("max_position_embeddings", "n_positions"))
    writer.add_embedding_length(hidden)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(getattr(config, "intermediate_size", None) or 4 * hidden)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    head_dim = getattr(config, "head_dim", None) or hidden // heads
    if arch in ("llama", "qwen3"):
        writer.add_key_length(head_dim)
        writer.add_value_length(head_dim)
    if arch in ("gpt2", "gptneox"):
        writer.add_layer_norm_eps(get("layer_norm_epsilon", "layer_norm_eps"))
    else:
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    if arch == "gptneox":
        writer.add_parallel_residual(config.use_parallel_residual)
        writer.add_rope_dimension_count(int(config.rotary_pct * head_dim))
    elif arch != "gpt2":
        writer.add_rope_dimension_count(head_dim)
        writer.add_rope_freq_base(config.rope_theta)
    if arch == "llama":
        rotary = model.model.rotary_emb
        plain = 1.0 / config.rope_theta ** (torch.arange(0, head_dim, 2).float() / head_dim)
        writer.add_tensor("rope_freqs.weight", (plain / rotary.inv_freq).numpy().astype(np.float32))

    names = gguf.get_tensor_name_map(getattr(gguf.MODEL_ARCH, arch.upper()), layers)
    tied = getattr(config, "tie_word_embeddings", False)
    for name, tensor in model.state_dict().items():
        if name.endswith((".attn.bias", ".masked_bias", "inv_freq")) or (tied and name.startswith("lm_head")):
            continue
        base, suffix = name.rsplit(".", 1)
        data = tensor.float().numpy()
        if arch == "llama" and ".q_proj." in name:
            data = permute(data, heads)
        if arch == "llama" and ".k_proj." in name:
            data = permute(data, kv_heads)
        if arch == "gpt2" and data.ndim == 2 and ".h." in name:
            data = data.T
        if arch == "gptneox" and ".query_key_value." in name:
            data = data.reshape(heads, 3, head_dim, *data.shape[1:]).swapaxes(0, 1).reshape(data.shape)
        target = names.get_name(base) + "." + suffix
        data = np.ascontiguousarray(data, dtype=np.float32)
        stored = gguf.GGMLQuantizationType[kind] if data.ndim > 1 and "position" not in target else gguf.GGMLQuantizationType.F32
        if stored == gguf.GGMLQuantizationType.F32:
            writer.add_tensor(target, data)
        else:
            writer.add_tensor(target, gguf.quants.quantize(data, stored), raw_dtype=stored)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def stored_value(kind, name, arch, tensor):
    """What a weight is worth after a round trip through `kind`."""
    if tensor.dim() < 2 or kind == "F32" or "wpe" in name:
        return tensor
    stored = gguf.GGMLQuantizationType[kind]
    data = tensor.detach().numpy()
    # GPT-2's matrices lie the other way round in GGUF.
    turned = arch == "gpt2" and ".h." in name
    data = np.ascontiguousarray(data.T if turned else data, dtype=np.float32)
    back = gguf.quants.dequantize(gguf.quants.quantize(data, stored), stored).reshape(data.shape)
    return torch.from_numpy(np.ascontiguousarray(back.T if turned else back))


def main(root, wanted):
    for folder, (kind, settings, stored, arch, gguf_types) in MODELS.items():
        if wanted and folder not in wanted:
            continue
        model, config = make(kind, settings, stored)
        out = root / folder
        out.mkdir(parents=True, exist_ok=True)
        reference = logits(model)
        (out / "logits.bin").write_bytes(reference.tobytes())
        config.torch_dtype = TORCH_TYPES[stored]
        config.save_pretrained(out)
        tied = getattr(config, "tie_word_embeddings", False)
        weights = {
            name: tensor.to(TORCH_TYPES[stored]).contiguous().clone()
            for name, tensor in model.state_dict().items() if not (tied and name == "lm_head.weight")
        }
        save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
        files = {"": "logits.bin"}
        for type_name in gguf_types:
            copy, _ = make(kind, settings, stored)
            with torch.no_grad():
                for name, parameter in copy.named_parameters():
                    parameter.copy_(stored_value(type_name, name, arch, parameter))
            file = f"{folder}-{type_name.lower()}.gguf"
            write_gguf(str(out / file), model, config, arch, type_name)
            (out / f"logits-{type_name.lower()}.bin").write_bytes(logits(copy).tobytes())
            files[file] = f"logits-{type_name.lower()}.bin"
        (out / "goldens.json").write_text(json.dumps({"prompts": prompts(), "logits": files}) + "\n")
        size = sum(p.stat().st_size for p in out.iterdir())
        print(f"{folder}: logits sd {reference.std():.2f}, {size // 1000} kB", file=sys.stderr)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), set(sys.argv[2:]))
