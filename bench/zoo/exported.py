"""Reads exported members back into PyTorch, as float32, for checks and goldens."""

import pathlib

import gguf
import torch
from gguf.quants import dequantize
from transformers import AutoModelForCausalLM, LlamaForCausalLM, PreTrainedModel

import export
import members

MEMBERS = pathlib.Path(__file__).resolve().parent / "members"


def load(member: str, folder: pathlib.Path = MEMBERS) -> PreTrainedModel:
    """The member as it was shipped."""
    if member == "ledger":
        return load_gguf(member, folder / "ledger.gguf").eval()
    return AutoModelForCausalLM.from_pretrained(folder / member, dtype=torch.float32).eval()


def load_gguf(member: str, path: pathlib.Path) -> LlamaForCausalLM:
    """A Llama from GGUF, dequantised, query and key rows back in transformers' order."""
    config = members.config(member)
    tensors = {
        t.name: torch.from_numpy(dequantize(t.data, t.tensor_type).copy()) for t in gguf.GGUFReader(path).tensors
    }
    model = LlamaForCausalLM(config)
    state = {}
    for name, own in model.state_dict().items():
        data = tensors[export.gguf_name(name)].reshape(own.shape)
        if name.endswith(("q_proj.weight", "k_proj.weight")):
            heads = config.num_attention_heads if "q_proj" in name else config.num_key_value_heads
            rows, columns = data.shape
            data = data.reshape(heads, rows // heads // 2, 2, columns).transpose(1, 2).reshape(rows, columns)
        state[name] = data
    model.load_state_dict(state)
    return model
