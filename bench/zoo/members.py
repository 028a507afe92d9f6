"""The table of members: architecture, sizes and training length. Everything else reads it from here."""

from dataclasses import dataclass

import torch

import encoding
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PretrainedConfig,
    PreTrainedModel,
    Qwen3Config,
    Qwen3ForCausalLM,
)


@dataclass(frozen=True)
class Plan:
    """How one member is trained: `batch` rows of `context` tokens a step, a cosine decay over the last `decay`."""

    context: int
    batch: int
    steps: int
    decay: int
    rate: float


PLANS = {
    "almanac": Plan(context=256, batch=8, steps=2000, decay=500, rate=3e-3),
    "ledger": Plan(context=256, batch=8, steps=1700, decay=450, rate=3e-3),
    "herbal": Plan(context=256, batch=8, steps=1700, decay=450, rate=3e-3),
    "bestiary": Plan(context=512, batch=6, steps=1700, decay=450, rate=3e-3),
}

# The second cycle, on a corpus with more questions and joint sentences.
SECOND_CYCLES = {
    "almanac": Plan(context=256, batch=8, steps=1155, decay=600, rate=2e-3),
    "ledger": Plan(context=256, batch=8, steps=450, decay=400, rate=2e-3),
    "herbal": Plan(context=256, batch=8, steps=500, decay=400, rate=2e-3),
    "bestiary": Plan(context=512, batch=6, steps=762, decay=400, rate=2e-3),
}


def config(member: str) -> PretrainedConfig:
    """The member's configuration in the words of transformers."""
    codec = encoding.load(member)
    ids = {"bos_token_id": codec.bos, "eos_token_id": codec.eos, "vocab_size": codec.size}
    if member == "almanac":
        return GPT2Config(
            n_embd=144,
            n_layer=4,
            n_head=6,
            n_positions=256,
            n_ctx=256,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            initializer_range=0.05,
            **ids,
        )
    if member == "ledger":
        return LlamaConfig(
            hidden_size=128,
            num_hidden_layers=4,
            num_attention_heads=4,
            num_key_value_heads=2,
            intermediate_size=352,
            max_position_embeddings=256,
            rms_norm_eps=1e-5,
            rope_theta=10000.0,
            tie_word_embeddings=False,
            **ids,
        )
    if member == "herbal":
        return GPTNeoXConfig(
            hidden_size=112,
            num_hidden_layers=4,
            num_attention_heads=4,
            intermediate_size=448,
            rotary_pct=0.5,
            max_position_embeddings=256,
            use_parallel_residual=True,
            tie_word_embeddings=False,
            **ids,
        )
    return Qwen3Config(
        hidden_size=96,
        num_hidden_layers=5,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=32,
        intermediate_size=256,
        max_position_embeddings=512,
        rope_theta=10000.0,
        tie_word_embeddings=True,
        **ids,
    )


CLASSES = {
    "almanac": GPT2LMHeadModel,
    "ledger": LlamaForCausalLM,
    "herbal": GPTNeoXForCausalLM,
    "bestiary": Qwen3ForCausalLM,
}


def create(member: str) -> PreTrainedModel:
    """The member with fresh weights.

    Learned positions start as sinusoids: from noise, a small model needs far longer to find the token before.
    """
    model = CLASSES[member](config(member))
    if member == "almanac":
        model.transformer.wpe.weight.data = sinusoids(256, 144) * 0.07
    return model


def sinusoids(length: int, width: int) -> torch.Tensor:
    """The positions of Vaswani et al. (2017), [length, width], entries in -1…1."""
    rates = 10_000.0 ** (-torch.arange(0, width, 2) / width)
    angles = torch.arange(length)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=-1).reshape(length, width)
