"""A random llama in a GGUF file, its matrices quantised by llama.cpp: what both llamacpp_goldens.py and llamacpp_logits.py
have it read."""
import dataclasses

import gguf
import llamacpp
import numpy as np


@dataclasses.dataclass
class Shape:
    hidden: int
    inner: int
    layers: int
    heads: int
    kv_heads: int
    head: int
    vocabulary: int
    context: int


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


def write(path, shape, kind_of_rows, seed):
    """Writes the model to `path`; `kind_of_rows` names the GGUF type of matrices with rows of so many numbers."""
    chance = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    if shape.head * shape.heads != shape.hidden:
        writer.add_key_length(shape.head)
        writer.add_value_length(shape.head)
    writer.add_rope_dimension_count(shape.head)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    add_vocabulary(writer, shape.vocabulary)

    def matrix(name, rows, columns, deviation=None):
        weights = (chance.standard_normal((rows, columns)) * (deviation or columns ** -0.5)).astype(np.float32)
        kind = kind_of_rows(columns)
        if kind == "F32":
            writer.add_tensor(name + ".weight", weights)
            return
        type = gguf.GGMLQuantizationType[kind]
        writer.add_tensor(name + ".weight", llamacpp.quantize(type, weights), raw_dtype=type)

    def norm(name):
        writer.add_tensor(name + ".weight", (1 + 0.2 * chance.standard_normal(shape.hidden)).astype(np.float32))

    queries, keys = shape.heads * shape.head, shape.kv_heads * shape.head
    matrix("token_embd", shape.vocabulary, shape.hidden, 0.5)
    for layer in range(shape.layers):
        norm(f"blk.{layer}.attn_norm")
        matrix(f"blk.{layer}.attn_q", queries, shape.hidden)
        matrix(f"blk.{layer}.attn_k", keys, shape.hidden)
        matrix(f"blk.{layer}.attn_v", keys, shape.hidden)
        matrix(f"blk.{layer}.attn_output", shape.hidden, queries)
        norm(f"blk.{layer}.ffn_norm")
        matrix(f"blk.{layer}.ffn_gate", shape.inner, shape.hidden)
        matrix(f"blk.{layer}.ffn_up", shape.inner, shape.hidden)
        matrix(f"blk.{layer}.ffn_down", shape.hidden, shape.inner)
    norm("output_norm")
    matrix("output", shape.vocabulary, shape.hidden)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
