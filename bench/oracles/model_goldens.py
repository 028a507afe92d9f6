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
from transformers.models.stablelm.modeling_stablelm import StableLmPreTrainedModel

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
    "qwen2-full": ("qwen2", SMALL, "F16", "qwen2", ["F16"]),
    "qwen3": ("qwen3", SMALL | dict(head_dim=16, tie_word_embeddings=True), "BF16", "qwen3", ["BF16"]),
    "mistral": ("mistral", SMALL | dict(sliding_window=8), "F16", None, []),
    "gemma2": ("gemma2", SMALL | dict(
        head_dim=16, num_hidden_layers=3, sliding_window=8, query_pre_attn_scalar=16, attn_logit_softcapping=5.0,
        final_logit_softcapping=4.0), "F16", "gemma2", ["F16"]),
    "gemma3": ("gemma3_text", SMALL | dict(
        head_dim=16, num_hidden_layers=3, sliding_window=8, query_pre_attn_scalar=24, sliding_window_pattern=3,
        layer_types=["sliding_attention", "sliding_attention", "full_attention"],
        rope_theta=1000000.0, rope_local_base_freq=10000.0,
        rope_scaling=dict(rope_type="linear", factor=2.0)), "F16", None, []),
    # GGUF has no place for the query's scale, and keeps the pattern of windows at one in six.
    "gemma3-six": ("gemma3_text", SMALL | dict(
        head_dim=16, num_hidden_layers=6, sliding_window=8, query_pre_attn_scalar=16,
        layer_types=["sliding_attention"] * 5 + ["full_attention"], rope_theta=1000000.0,
        rope_local_base_freq=10000.0, rope_scaling=dict(rope_type="linear", factor=2.0)), "F16", "gemma3", ["F16"]),
    "phi3": ("phi3", SMALL | dict(sliding_window=8), "F16", "phi3", ["F16"]),
    # Prompts are longer than the original contexts of these two.
    "phi3-longrope": ("phi3", SMALL | dict(
        sliding_window=None, original_max_position_embeddings=12, rope_scaling=dict(
            type="longrope", short_factor=[1.0, 1.1, 1.3, 1.6], long_factor=[1.2, 2.0, 3.5, 6.0])),
        "F16", "phi3", ["F16"]),
    "llama-dynamic": ("llama", SMALL | dict(
        max_position_embeddings=12, tie_word_embeddings=True, rope_scaling=dict(rope_type="dynamic", factor=4.0)),
        "F16", None, []),
    "olmo2": ("olmo2", SMALL | dict(), "F16", "olmo2", ["F16"]),
    "smollm3": ("smollm3", SMALL | dict(
        num_hidden_layers=4, no_rope_layers=[1, 1, 1, 0], tie_word_embeddings=True), "F16", "smollm3", ["F16"]),
    "falcon": ("falcon", dict(
        vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, multi_query=True,
        new_decoder_architecture=False, parallel_attn=True, bias=False, alibi=False, ffn_hidden_size=64,
        max_position_embeddings=64, bos_token_id=1, eos_token_id=2), "F16", "falcon", ["F16"]),
    "falcon-new": ("falcon", dict(
        vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_kv_heads=2,
        new_decoder_architecture=True, parallel_attn=True, bias=False, alibi=False, ffn_hidden_size=64,
        max_position_embeddings=64, bos_token_id=1, eos_token_id=2), "F16", "falcon", ["F16"]),
    # As Falcon-RW has it; twelve heads are no power of two.
    "falcon-alibi": ("falcon", dict(
        vocab_size=VOCABULARY, hidden_size=48, num_hidden_layers=2, num_attention_heads=12, multi_query=False,
        new_decoder_architecture=False, parallel_attn=False, bias=True, alibi=True, ffn_hidden_size=64,
        max_position_embeddings=320, bos_token_id=1, eos_token_id=2), "F16", None, []),
    "stablelm": ("stablelm", SMALL | dict(
        partial_rotary_factor=0.5, use_qkv_bias=True, use_parallel_residual=False), "F16", "stablelm", ["F16"]),
    "stablelm-qk": ("stablelm", SMALL | dict(
        partial_rotary_factor=0.25, use_qkv_bias=False, use_parallel_residual=True, qk_layernorm=True),
        "F16", "stablelm", ["F16"]),
    "qwen3_moe": ("qwen3_moe", SMALL | dict(
        head_dim=16, num_experts=6, num_experts_per_tok=2, moe_intermediate_size=24, norm_topk_prob=True,
        decoder_sparse_step=1, mlp_only_layers=[]), "F16", "qwen3moe", ["F16"]),
    "olmoe": ("olmoe", SMALL | dict(num_experts=6, num_experts_per_tok=2, intermediate_size=24), "F16", "olmoe", ["F16"]),
    # llama.cpp has no name of its own for Mixtral.
    "mixtral": ("mixtral", SMALL | dict(
        num_local_experts=4, num_experts_per_tok=2, sliding_window=None), "F16", "llama", ["F16"]),
    # Untied heads and biases are the forms that published models do without.
    "mamba": ("mamba", dict(
        vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, state_size=8, conv_kernel=4, expand=2,
        time_step_rank=3, use_bias=True, tie_word_embeddings=False, bos_token_id=1, eos_token_id=2,
        pad_token_id=0), "F32", None, []),
    "mamba-tied": ("mamba", dict(
        vocab_size=VOCABULARY, hidden_size=24, num_hidden_layers=2, state_size=5, conv_kernel=3, expand=2,
        bos_token_id=1, eos_token_id=2, pad_token_id=0), "F16", "mamba", ["F16"]),
}

# The model that is also written as GGUF in shards.
SPLIT = "qwen3"

TORCH_TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def make(kind, settings, stored):
    """A random model whose logits are of order 1 and whose every parameter matters."""
    torch.manual_seed(20260101)
    config = AutoConfig.for_model(kind, **settings)
    # Eager attention adds ALiBi's biases twice.
    attention = "sdpa" if settings.get("alibi") else "eager"
    config._attn_implementation = attention
    if settings.get("qk_layernorm"):
        # Its initialiser stumbles over norms without bias; matrices are drawn below, norms begin at one anyway.
        StableLmPreTrainedModel._init_weights = lambda self, module: None
    model = AutoModelForCausalLM.from_config(config, attn_implementation=attention).eval().float()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1 or name.endswith("A_log"):
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


def scaling_kind(model):
    scaling = getattr(model.config, "rope_scaling", None) or {}
    return scaling.get("rope_type", scaling.get("type"))


def logits_of_growing_contexts(model):
    """Where rotations depend on the length of the context: after n tokens, those of these n tokens. `longrope` turns all
    tokens anew, `dynamic` leaves the keys in the cache as they are."""
    rows = []
    with torch.no_grad():
        for prompt in prompts():
            cache = None
            for n in range(1, len(prompt) + 1):
                if scaling_kind(model) == "dynamic":
                    result = model(torch.tensor([prompt[n - 1:n]]), past_key_values=cache, use_cache=True)
                    cache = result.past_key_values
                else:
                    result = model(torch.tensor([prompt[:n]]), use_cache=False)
                rows.append(result.logits[0, -1:].float().numpy())
    return np.concatenate(rows).astype("<f4")


def logits(model):
    if scaling_kind(model) in ("longrope", "dynamic"):
        return logits_of_growing_contexts(model)
    rows = []
    with torch.no_grad():
        for prompt in prompts():
            rows.append(model(torch.tensor([prompt]), use_cache=False).logits[0].float().numpy())
    return np.concatenate(rows).astype("<f4")


def permute(weight, heads):
    """Rows of queries and keys as GGUF's llama has them: interleaved pairs."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def setting(config, *names):
    """The first of `names` that the configuration has."""
    return next((getattr(config, n) for n in names if getattr(config, n, None) is not None), None)


def head_sizes(config, arch):
    """Heads, key-value heads and a head's width; a family without heads has one."""
    heads = setting(config, "num_attention_heads", "n_head") or 1
    kv_heads = setting(config, "num_key_value_heads") or heads
    if arch == "falcon":
        kv_heads = config.num_kv_heads if config.new_decoder_architecture else 1
    return heads, kv_heads, setting(config, "head_dim") or setting(config, "hidden_size", "n_embd") // heads


def add_settings(writer, config, arch, rope_divisors=None):
    """The settings of `config` as GGUF metadata, named as llama.cpp's converter does."""
    def get(*names):
        return setting(config, *names)

    layers, hidden = get("num_hidden_layers", "n_layer"), get("hidden_size", "n_embd")
    if arch == "mamba":
        writer.add_context_length(1 << 20)
        writer.add_embedding_length(hidden)
        writer.add_feed_forward_length(0)
        writer.add_head_count(0)
        writer.add_block_count(layers)
        writer.add_ssm_conv_kernel(config.conv_kernel)
        writer.add_ssm_inner_size(config.intermediate_size)
        writer.add_ssm_state_size(config.state_size)
        writer.add_ssm_time_step_rank(config.time_step_rank)
        writer.add_layer_norm_rms_eps(config.layer_norm_epsilon)
        writer.add_ssm_dt_b_c_rms(False)
        return
    heads, kv_heads, head_dim = head_sizes(config, arch)
    writer.add_context_length(get("max_position_embeddings", "n_positions"))
    writer.add_embedding_length(hidden)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(get("ffn_hidden_size", "intermediate_size") or 4 * hidden)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    if head_dim * heads != hidden:
        writer.add_key_length(head_dim)
        writer.add_value_length(head_dim)
    if arch in ("gpt2", "gptneox", "falcon", "stablelm"):
        writer.add_layer_norm_eps(get("layer_norm_epsilon", "layer_norm_eps"))
    else:
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    if arch in ("gptneox", "stablelm"):
        writer.add_parallel_residual(config.use_parallel_residual)
    if arch != "gpt2":
        share = get("rotary_pct", "partial_rotary_factor") or 1
        writer.add_rope_dimension_count(int(share * head_dim))
        writer.add_rope_freq_base(get("rope_theta", "rotary_emb_base"))
    if arch == "phi3" and config.rope_scaling:
        original, scaling = config.original_max_position_embeddings, config.rope_scaling
        growth = config.max_position_embeddings / original
        writer.add_rope_scaling_orig_ctx_len(original)
        writer.add_rope_scaling_attn_factors((1 + np.log(growth) / np.log(original)) ** 0.5)
        for length in ("long", "short"):
            writer.add_tensor(f"rope_factors_{length}.weight", np.array(scaling[length + "_factor"], np.float32))
    if rope_divisors is not None:
        writer.add_tensor("rope_freqs.weight", rope_divisors)
    if arch == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
    if arch in ("gemma2", "gemma3", "phi3") and config.sliding_window:
        writer.add_sliding_window(config.sliding_window)
    if arch == "gemma3" and config.rope_scaling:
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(config.rope_scaling["factor"])
    experts = get("num_experts", "num_local_experts")
    if experts:
        writer.add_expert_count(experts)
        writer.add_expert_used_count(config.num_experts_per_tok)
    if arch == "qwen3moe":
        writer.add_expert_feed_forward_length(config.moe_intermediate_size)


def gguf_tensors(state, config, arch):
    """Pairs of GGUF name and float32 array, ordered and reshaped as llama.cpp's converter does.

    `state` gives pairs of name in the Hugging Face form and array. Experts come last, when all are there.
    """
    layers, hidden = setting(config, "num_hidden_layers", "n_layer"), setting(config, "hidden_size", "n_embd")
    heads, kv_heads, head_dim = head_sizes(config, arch)
    names = gguf.get_tensor_name_map(next(a for a, n in gguf.MODEL_ARCH_NAMES.items() if n == arch), layers)
    tied = getattr(config, "tie_word_embeddings", False)
    experts = {}
    for name, data in state:
        if name.endswith((".attn.bias", ".masked_bias", "inv_freq")) or (tied and name.startswith("lm_head")):
            continue
        base, suffix = name.rsplit(".", 1)
        if suffix in ("A_log", "D"):
            # These carry no suffix, and the decay is stored as it is used.
            yield names.get_name(name), np.ascontiguousarray(-np.exp(data) if suffix == "A_log" else data)
            continue
        if name.endswith(".conv1d.weight"):
            data = data.squeeze(1)
        if arch in ("llama", "smollm3") and ".q_proj." in name:
            data = permute(data, heads)
        if arch in ("llama", "smollm3") and ".k_proj." in name:
            data = permute(data, kv_heads)
        if arch == "gpt2" and data.ndim == 2 and ".h." in name:
            data = data.T
        if arch == "gptneox" and ".query_key_value." in name:
            data = data.reshape(heads, 3, head_dim, *data.shape[1:]).swapaxes(0, 1).reshape(data.shape)
        if arch == "falcon" and ".query_key_value." in name:
            groups = data.reshape(kv_heads, heads // kv_heads + 2, head_dim, hidden)
            parts = (groups[:, :-2], groups[:, -2], groups[:, -1])
            data = np.concatenate([part.reshape(-1, hidden) for part in parts])
        if arch.startswith("gemma") and "norm" in name:
            data = data + 1
        if "_layernorm.norms." in name:
            prefix, number = base.split(".norms.")
            experts.setdefault(prefix, {})[int(number)] = data
            continue
        if ".experts." in name:
            prefix, rest = base.split(".experts.")
            number, which = rest.split(".")
            experts.setdefault(f"{prefix}.experts.{which}", {})[int(number)] = data
            continue
        yield names.get_name(base) + "." + suffix, np.ascontiguousarray(data, dtype=np.float32)
    for base, parts in experts.items():
        stacked = np.stack([parts[i] for i in range(len(parts))])
        yield names.get_name(base) + ".weight", np.ascontiguousarray(stacked, dtype=np.float32)


def write_gguf(path, model, config, arch, kind, shard_tensors=0):
    """The model as GGUF, its matrices stored as `kind`, in shards of at most `shard_tensors` tensors."""
    writer = gguf.GGUFWriter(path, arch, split_max_tensors=shard_tensors)
    divisors = None
    if arch == "llama" and getattr(config, "rope_scaling", None):
        rotary = model.model.rotary_emb
        plain = 1.0 / config.rope_theta ** (torch.arange(0, config.head_dim, 2).float() / config.head_dim)
        divisors = (plain / rotary.inv_freq).numpy().astype(np.float32)
    add_settings(writer, config, arch, divisors)
    state = ((name, tensor.float().numpy()) for name, tensor in model.state_dict().items())
    for target, data in gguf_tensors(state, config, arch):
        vectors = ("position", "conv1d", "ssm_a", "_norm")
        plain = data.ndim == 1 or kind == "F32" or any(part in target for part in vectors)
        stored = gguf.GGMLQuantizationType["F32" if plain else kind]
        if plain:
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


def rwkv5_logits(weights, layers, prompt):
    """RWKV 5.2 token by token in float64, straight from the paper's formulas."""
    w = {name: value.astype(np.float64) for name, value in weights.items()}
    heads, width, _ = w["blocks.0.att.time_decay"].shape
    hidden = heads * width

    def norm(x, name):
        return (x - x.mean()) / np.sqrt(x.var() + 1e-5) * w[name + ".weight"] + w[name + ".bias"]

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    state = [np.zeros((heads, width, width)) for _ in range(layers)]
    seen = {}
    rows = []
    for token in prompt:
        x = norm(w["emb.weight"][token], "blocks.0.ln0")
        for layer in range(layers):
            block = f"blocks.{layer}."

            def mixed(part, letter, current):
                before = seen.get((layer, part), np.zeros(hidden))
                share = w[f"{block}{part}.time_mix_{letter}"]
                return current * share + before * (1 - share)

            current = norm(x, block + "ln1")
            r, k, v = (
                (w[f"{block}att.{name}.weight"] @ mixed("att", name[0], current)).reshape(heads, width)
                for name in ("receptance", "key", "value"))
            gate = w[block + "att.gate.weight"] @ mixed("att", "g", current)
            seen[layer, "att"] = current
            product = k[:, :, None] * v[:, None, :]
            result = np.einsum("hi,hij->hj", r, w[block + "att.time_faaaa"] * product + state[layer])
            state[layer] = product + w[block + "att.time_decay"] * state[layer]
            result = (result - result.mean(1, keepdims=True)) / np.sqrt(result.var(1, keepdims=True) + 1e-5)
            result = result.reshape(hidden) * w[block + "att.ln_x.weight"] + w[block + "att.ln_x.bias"]
            x = x + w[block + "att.output.weight"] @ (result * gate * sigmoid(gate))

            current = norm(x, block + "ln2")
            k = np.maximum(w[block + "ffn.key.weight"] @ mixed("ffn", "k", current), 0) ** 2
            r = sigmoid(w[block + "ffn.receptance.weight"] @ mixed("ffn", "r", current))
            seen[layer, "ffn"] = current
            x = x + r * (w[block + "ffn.value.weight"] @ k)
        rows.append(w["head.weight"] @ norm(x, "ln_out"))
    return np.stack(rows)


def write_rwkv5(out):
    """A tiny random RWKV 5.2 with rwkv.cpp's tensor names; no package has this form, so the logits are worked out here."""
    layers, heads, width, inner = 2, 4, 6, 40
    hidden = heads * width
    generator = np.random.default_rng(20260101)

    def matrix(rows, columns):
        return generator.standard_normal((rows, columns)) * 1.2 / columns ** 0.5

    weights = {"emb.weight": generator.standard_normal((VOCABULARY, hidden)), "head.weight": matrix(VOCABULARY, hidden)}

    def add_norm(name):
        weights[name + ".weight"] = 1 + 0.2 * generator.standard_normal(hidden)
        weights[name + ".bias"] = 0.2 * generator.standard_normal(hidden)

    add_norm("blocks.0.ln0")
    add_norm("ln_out")
    for layer in range(layers):
        block = f"blocks.{layer}."
        for name in ("ln1", "ln2", "att.ln_x"):
            add_norm(block + name)
        for letter in "rkvg":
            weights[f"{block}att.time_mix_{letter}"] = generator.uniform(0, 1, hidden)
        for letter in "kr":
            weights[f"{block}ffn.time_mix_{letter}"] = generator.uniform(0, 1, hidden)
        for name in ("receptance", "key", "value", "gate", "output"):
            weights[f"{block}att.{name}.weight"] = matrix(hidden, hidden)
        weights[block + "att.time_faaaa"] = generator.standard_normal((heads, width, 1))
        weights[block + "att.time_decay"] = np.exp(-np.exp(generator.uniform(-4, 0.5, (heads, width, 1))))
        weights[block + "ffn.key.weight"] = matrix(inner, hidden)
        weights[block + "ffn.receptance.weight"] = matrix(hidden, hidden)
        weights[block + "ffn.value.weight"] = matrix(hidden, inner)
    weights = {name: value.astype(np.float32) for name, value in weights.items()}

    out.mkdir(parents=True, exist_ok=True)
    rows = np.concatenate([rwkv5_logits(weights, layers, prompt) for prompt in prompts()])
    (out / "logits.bin").write_bytes(rows.astype("<f4").tobytes())
    save_file({name: torch.from_numpy(value) for name, value in weights.items()}, out / "model.safetensors")
    config = dict(model_type="rwkv5", vocab_size=VOCABULARY, hidden_size=hidden, num_hidden_layers=layers)
    (out / "config.json").write_text(json.dumps(config) + "\n")
    (out / "goldens.json").write_text(json.dumps({"prompts": prompts(), "logits": {"": "logits.bin"}}) + "\n")
    size = sum(p.stat().st_size for p in out.iterdir())
    print(f"rwkv5: logits sd {rows.std():.2f}, {size // 1000} kB", file=sys.stderr)


def write_big_endian(path):
    """As machines of the other byte order write it: refused."""
    writer = gguf.GGUFWriter(path, "llama", endianess=gguf.GGUFEndian.BIG)
    writer.add_block_count(1)
    writer.add_tensor("token_embd.weight", np.zeros((4, 4), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main(root, wanted):
    if not wanted:
        write_big_endian(root / "big-endian.gguf")
    if not wanted or "rwkv5" in wanted:
        write_rwkv5(root / "rwkv5")
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
            file = f"{folder}-{type_name.lower()}.gguf"
            write_gguf(str(out / file), model, config, arch, type_name)
            if type_name == stored:
                files[file] = "logits.bin"
                continue
            copy, _ = make(kind, settings, stored)
            with torch.no_grad():
                for name, parameter in copy.named_parameters():
                    parameter.copy_(stored_value(type_name, name, arch, parameter))
            (out / f"logits-{type_name.lower()}.bin").write_bytes(logits(copy).tobytes())
            files[file] = f"logits-{type_name.lower()}.bin"
        if folder == SPLIT:
            write_gguf(str(out / f"{folder}.gguf"), model, config, arch, stored, shard_tensors=8)
            for shard in sorted(out.glob("*-of-*.gguf")):
                files[shard.name] = "logits.bin"
        (out / "goldens.json").write_text(json.dumps({"prompts": prompts(), "logits": files}) + "\n")
        size = sum(p.stat().st_size for p in out.iterdir())
        print(f"{folder}: logits sd {reference.std():.2f}, {size // 1000} kB", file=sys.stderr)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), set(sys.argv[2:]))
