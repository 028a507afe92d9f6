"""Writes the seed corpora of the fuzz targets, Tests/Fuzz/corpus/<target>/: small files of every kind the readers know.

    pip install tokenizers==0.22.2 sentencepiece==0.2.3 gguf==0.19.0 safetensors==0.8.0 numpy
    python bench/oracles/fuzz_seeds.py
"""

import base64
import io
import json
import pathlib

import gguf
import numpy
import safetensors.numpy
import sentencepiece
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from tokenizer_goldens import FIXED, corpus

ROOT = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Fuzz" / "corpus"


def put(target, name, data):
    folder = ROOT / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def json_seeds():
    put("json", "values", '{"a":[1,-2.5e3,true,false,null,"\\u00e9\\ud83e\\udd99\\n"],"b":{"c":{}},"":[]}')
    put("json", "config", json.dumps({"model_type": "llama", "hidden_size": 64, "rope_theta": 1e4, "eos_token_id": [1, 2]}))
    put("json", "numbers", "[0,-0,9223372036854775807,-9223372036854775808,1e308,1e-320,0.1,123456789012345678901]")


def safetensors_seeds():
    tensors = {"a.weight": numpy.zeros((2, 3), numpy.float32), "b": numpy.zeros(4, numpy.int8), "c": numpy.float16(1)[None]}
    put("safetensors", "three", safetensors.numpy.save(tensors, {"format": "pt"}))
    put("safetensors", "none", safetensors.numpy.save({}))


def gguf_file(name, fill):
    path = ROOT / "gguf" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(str(path), "llama")
    fill(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def gguf_seeds():
    def values(writer):
        writer.add_uint8("a.u8", 1)
        writer.add_int16("a.i16", -2)
        writer.add_float64("a.f64", 0.5)
        writer.add_bool("a.bool", True)
        writer.add_array("a.list", [1, 2, 3])
        writer.add_array("a.names", ["x", "é"])
        writer.add_tensor("w", numpy.zeros((2, 32), numpy.float32))
        writer.add_tensor("q", numpy.zeros((1, 34), numpy.uint8), raw_dtype=gguf.GGMLQuantizationType.Q8_0)

    letters = ["Ġ", "a", "b", "c", "d", "e", "n", "o", "r", "s", "Ċ", "Ã", "©", "1", "2", ","]

    def byte_level(pre):
        def fill(writer):
            writer.add_tokenizer_model("gpt2")
            writer.add_tokenizer_pre(pre)
            writer.add_token_list(letters + ["en", "ren", "Ġs", "<|endoftext|>"])
            writer.add_token_types([1] * (len(letters) + 3) + [3])
            writer.add_token_merges(["e n", "r en", "Ġ s"])
            writer.add_bos_token_id(19)
            writer.add_eos_token_id(19)
        return fill

    def scored(model):
        def fill(writer):
            tokens = ["<unk>", "<s>", "</s>", "▁", "e", "n", "r", "en", "▁s", "▁ren", "<sep>", "<0x0A>", "<0xC3>", "##s"]
            writer.add_tokenizer_model(model)
            writer.add_token_list(tokens)
            writer.add_token_scores([0.0, 0.0, 0.0] + [-1.5 * i for i in range(1, len(tokens) - 2)])
            writer.add_token_types([2, 3, 3] + [1] * 7 + [4, 6, 6, 1])
            writer.add_unk_token_id(0)
            writer.add_bos_token_id(1)
            writer.add_eos_token_id(2)
            writer.add_add_space_prefix(True)
        return fill

    gguf_file("values", values)
    for pre in ("gpt-2", "llama-bpe", "deepseek-v3", "viking"):
        gguf_file(pre, byte_level(pre))
    for model in ("llama", "t5", "bert"):
        gguf_file(model, scored(model))


def tokenizer_seeds():
    texts = corpus(3, 60)
    train = lambda tokenizer, trainer: tokenizer.train_from_iterator(texts, trainer)
    bpe = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    bpe.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁"), normalizers.NFC()])
    bpe.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    train(bpe, trainers.BpeTrainer(vocab_size=60, special_tokens=["<unk>", "<s>", "<0x0A>"]))
    bpe.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    letters = Tokenizer(models.BPE())
    letters.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"\p{N}{1,3}|\s+(?!\S)"), "isolated"), pre_tokenizers.ByteLevel(use_regex=False)])
    letters.decoder = decoders.ByteLevel()
    train(letters, trainers.BpeTrainer(vocab_size=70, special_tokens=["<|end|>"]))
    unigram = Tokenizer(models.Unigram())
    unigram.normalizer = normalizers.Sequence([
        normalizers.Nmt(), normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Strip(),
        normalizers.Replace(Regex(" {2,}"), " ")])
    unigram.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    unigram.decoder = decoders.Metaspace()
    train(unigram, trainers.UnigramTrainer(vocab_size=60, special_tokens=["<unk>"], unk_token="<unk>"))
    piece = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    piece.normalizer = normalizers.BertNormalizer()
    piece.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Digits(), pre_tokenizers.UnicodeScripts()])
    piece.decoder = decoders.WordPiece()
    train(piece, trainers.WordPieceTrainer(vocab_size=60, special_tokens=["[UNK]", "[CLS]", "[SEP]"]))
    piece.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    word = Tokenizer(models.WordLevel({"<unk>": 0, "Oren": 1, "12": 2, "é": 3}, unk_token="<unk>"))
    word.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Whitespace(), pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.CharDelimiterSplit("-"),
        pre_tokenizers.FixedLength(length=4)])
    word.decoder = decoders.CTC()
    word.add_tokens(["lantern"])
    for name, tokenizer in dict(bpe=bpe, letters=letters, unigram=unigram, piece=piece, word=word).items():
        put("tokenizer-json", name, tokenizer.to_str())


def sentencepiece_seeds():
    for kind in ("bpe", "unigram"):
        stream = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(corpus(3, 60)), model_writer=stream, vocab_size=60, model_type=kind, minloglevel=2,
            hard_vocab_limit=False, normalization_rule_name="identity", user_defined_symbols=["<sep>"])
        put("sentencepiece", kind, stream.getvalue())


def tiktoken_seeds():
    lines = [base64.b64encode(piece).decode() + f" {rank}" for rank, piece in enumerate([b"a", b"b", b"ab", b"\xc3\xa9"])]
    put("tiktoken", "four", "\n".join(lines) + "\n")


def encode_seeds():
    for number, text in enumerate(FIXED):
        # The tokenizer's number (and whether words stand in front), where the text is cut, the text.
        put("encode", f"text{number:02}", bytes([number % 14 | 128 * (number % 2), number * 3]) + text.encode())


def template_seeds():
    put("template", "chatml", "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m.content | trim }}"
        "{% if not loop.last %},{% endif %}{% endfor %}{%- if add_generation_prompt -%}<|im_start|>{%- endif %}")
    put("template", "macro", "{% macro f(x, y=1) %}{{ x ~ y }}{% endmacro %}{% set ns = namespace(n=0) %}"
        "{% for i in range(3) if i != 1 %}{% set ns.n = ns.n + i %}{{ f(i, y=ns.n) }}{% else %}-{% endfor %}")
    put("template", "filters", "{{ messages[0].content[::-1] | upper | replace('A','b') }}{{ {'a': [1, 2.5, none]} | tojson }}"
        "{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | join(', ') | length }}"
        "{{ 7 // 2 ** 2 % 3 if x is defined else strftime_now('%Y') }}")
    put("template", "refuse", "{{ raise_exception('no') if messages[0]['role'] not in ['user'] else bos_token }}")


def main():
    for make in (json_seeds, safetensors_seeds, gguf_seeds, tokenizer_seeds, sentencepiece_seeds, tiktoken_seeds,
                 encode_seeds, template_seeds):
        make()


if __name__ == "__main__":
    main()
