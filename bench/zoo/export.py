"""Writes trained members as they are shipped: Hugging Face folders, and a GGUF file for the ledger.

python export.py [--only almanac] [--to members]
"""

import argparse
import os
import pathlib

import gguf
import numpy
import sentencepiece
import torch
from gguf.quants import quantize

import encoding
import members

HERE = pathlib.Path(__file__).resolve().parent
DTYPES = {"almanac": torch.float16, "herbal": torch.float32, "bestiary": torch.bfloat16}
PLAIN_NAMES = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
LAYER_NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def trained(member: str) -> torch.nn.Module:
    """The member with the weights of its last checkpoint."""
    model = members.create(member)
    model.load_state_dict(torch.load(HERE / "work" / member / "model.pt"))
    return model.eval()


def gguf_name(name: str) -> str:
    """The GGUF name of a Llama tensor."""
    stem = name.removesuffix(".weight")
    if stem in PLAIN_NAMES:
        return PLAIN_NAMES[stem] + ".weight"
    _, _, layer, rest = stem.split(".", 3)
    return f"blk.{layer}.{LAYER_NAMES[rest]}.weight"


def interleaved(weight: numpy.ndarray, heads: int) -> numpy.ndarray:
    """Rows of a query or key projection in GGUF's order: rotary pairs are neighbours instead of half a head apart."""
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def add_tokenizer(writer: gguf.GGUFWriter, model: sentencepiece.SentencePieceProcessor) -> None:
    """The pieces, scores and types of a SentencePiece model."""

    def kind(index: int) -> gguf.TokenType:
        if model.is_unknown(index):
            return gguf.TokenType.UNKNOWN
        if model.is_control(index):
            return gguf.TokenType.CONTROL
        return gguf.TokenType.BYTE if model.is_byte(index) else gguf.TokenType.NORMAL

    ids = range(model.get_piece_size())
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([model.id_to_piece(index).encode() for index in ids])
    writer.add_token_scores([model.get_score(index) for index in ids])
    writer.add_token_types([kind(index) for index in ids])
    writer.add_bos_token_id(model.bos_id())
    writer.add_eos_token_id(model.eos_id())
    writer.add_unk_token_id(model.unk_id())
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(True)


def export_gguf(member: str, path: pathlib.Path) -> None:
    """A Llama as GGUF: matrices as Q8_0, norms as F32."""
    model, config = trained(member), members.config(member)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(member)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_rope_freq_base(config.rope_theta)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    add_tokenizer(writer, encoding.load(member).model)
    for name, tensor in model.state_dict().items():
        data = tensor.float().numpy()
        if name.endswith("q_proj.weight"):
            data = interleaved(data, config.num_attention_heads)
        elif name.endswith("k_proj.weight"):
            data = interleaved(data, config.num_key_value_heads)
        if data.ndim == 1:
            writer.add_tensor(gguf_name(name), data)
        else:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(gguf_name(name), quantize(data, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def export_folder(member: str, folder: pathlib.Path) -> None:
    """A Hugging Face folder; its tokenizer files are links to ../../../../tokenizers/<member>/."""
    trained(member).to(DTYPES[member]).save_pretrained(folder, safe_serialization=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(pathlib.Path(os.path.relpath(encoding.TOKENIZERS / member / name, folder)))


def main() -> None:
    """Parses the command line and exports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=sorted(members.PLANS))
    parser.add_argument("--to", type=pathlib.Path, default=HERE / "members")
    arguments = parser.parse_args()
    folder = arguments.to.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for member in [arguments.only] if arguments.only else members.PLANS:
        if member == "ledger":
            export_gguf(member, folder / "ledger.gguf")
        else:
            export_folder(member, folder / member)


if __name__ == "__main__":
    main()
