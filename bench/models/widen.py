"""Makes a Llama checkpoint larger without changing what it says: what composing costs where evaluating members dominates.

    pip install torch==2.13.0 safetensors
    python bench/models/widen.py FOLDER OUTPUT [--width 768] [--hidden 3072] [--layers 12]

OUTPUT computes the function of FOLDER, up to the rounding to BF16: hidden states are padded with zeros (the weights of
norms and their epsilon scaled to match) and layers are added whose output is zero. Random weights of such a size would
give nearly uniform distributions, on which members cut nothing alike.
"""
import argparse
import json
import pathlib
import shutil

import torch
from safetensors.torch import load_file, save_file


def padded(tensor, *shape):
    result = torch.zeros(shape, dtype=torch.float32)
    result[tuple(slice(0, size) for size in tensor.shape)] = tensor
    return result


def widen(weights, config, width, hidden, layers):
    """(weights, config) of the larger model."""
    narrow = config["hidden_size"]
    # An RMS over more numbers, most of them zero, is smaller.
    scale = (narrow / width) ** 0.5
    result = {}
    for name, tensor in weights.items():
        tensor = tensor.float()
        kind = name.rsplit(".", 2)[-2]
        if kind.endswith("norm"):
            result[name] = padded(tensor * scale, width)
        elif kind in ("embed_tokens", "lm_head", "q_proj", "k_proj", "v_proj"):
            result[name] = padded(tensor, tensor.shape[0], width)
        elif kind == "o_proj":
            result[name] = padded(tensor, width, tensor.shape[1])
        elif kind in ("gate_proj", "up_proj"):
            result[name] = padded(tensor, hidden, width)
        elif kind == "down_proj":
            result[name] = padded(tensor, width, hidden)
        else:
            raise SystemExit(f"{name}: found a tensor that is none of a Llama's")
    first = [name for name in result if name.startswith("model.layers.0.")]
    for layer in range(config["num_hidden_layers"], layers):
        for name in first:
            is_output = "o_proj" in name or "down_proj" in name
            copy = torch.zeros_like(result[name]) if is_output else result[name].clone()
            result[name.replace("layers.0.", f"layers.{layer}.")] = copy
    config = dict(
        config,
        hidden_size=width,
        intermediate_size=hidden,
        num_hidden_layers=layers,
        head_dim=config.get("head_dim", narrow // config["num_attention_heads"]),
        rms_norm_eps=config["rms_norm_eps"] * narrow / width,
        torch_dtype="bfloat16",
    )
    return result, config


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--hidden", type=int, default=3072)
    parser.add_argument("--layers", type=int, default=12)
    arguments = parser.parse_args()
    config = json.loads((arguments.folder / "config.json").read_text())
    weights = load_file(arguments.folder / "model.safetensors")
    weights, config = widen(weights, config, arguments.width, arguments.hidden, arguments.layers)
    arguments.output.mkdir(parents=True, exist_ok=True)
    stored = {name: tensor.to(torch.bfloat16).contiguous() for name, tensor in weights.items()}
    save_file(stored, arguments.output / "model.safetensors", metadata={"format": "pt"})
    (arguments.output / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    for path in arguments.folder.iterdir():
        if "token" in path.name:
            shutil.copy(path, arguments.output / path.name)


if __name__ == "__main__":
    main()
