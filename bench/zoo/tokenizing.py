"""Trains the members' tokenizers on their corpora and writes them to ../../tokenizers/.

python tokenizing.py
"""

import io
import json
import pathlib

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).resolve().parent
TOKENIZERS = HERE.parent.parent / "tokenizers"
CORPUS = HERE / "work" / "corpus"
END_OF_TEXT = "<|endoftext|>"
BOS, EOS = "<|begin|>", "<|end|>"
VOCABULARY = {"almanac": 1024, "ledger": 768, "herbal": 896}
SAMPLE = 20_000


def read_corpus(member: str, limit: int | None = None) -> list[str]:
    """The documents of a member's corpus."""
    with open(CORPUS / f"{member}.1.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for _, line in zip(range(limit or 1 << 60), file)]


def add_bos(tokenizer: Tokenizer, bos: str) -> None:
    """Makes `encode` put the beginning-of-sequence token first."""
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, tokenizer.token_to_id(bos))]
    )


def special(text: str) -> AddedToken:
    """A control token as tokenizer.json declares it."""
    return AddedToken(text, special=True, normalized=False)


def train_almanac() -> Tokenizer:
    """GPT-2's byte-level BPE, with digits one by one."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY["almanac"],
        special_tokens=[special(END_OF_TEXT)],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(read_corpus("almanac", SAMPLE), trainer)
    add_bos(tokenizer, END_OF_TEXT)
    return tokenizer


def train_ledger() -> bytes:
    """SentencePiece BPE with byte fallback; line breaks are left to the bytes."""
    model = io.BytesIO()
    sentences = [line for text in read_corpus("ledger", SAMPLE) for line in text.split("\n") if line]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_writer=model,
        vocab_size=VOCABULARY["ledger"],
        model_type="bpe",
        byte_fallback=True,
        split_digits=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=True,
        character_coverage=1.0,
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=-1,
        num_threads=1,
        minloglevel=2,
        max_sentence_length=16_384,
    )
    return model.getvalue()


def train_herbal() -> Tokenizer:
    """A Unigram model over words marked by ▁, with byte fallback."""
    split = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="never", split=True),
            pre_tokenizers.Split(Regex("\\n"), behavior="isolated"),
            pre_tokenizers.Digits(individual_digits=True),
        ]
    )
    draft = Tokenizer(models.Unigram())
    draft.pre_tokenizer = split
    learned = VOCABULARY["herbal"] - 256 - 3
    trainer = trainers.UnigramTrainer(
        vocab_size=learned,
        initial_alphabet=["\n", "▁"],
        unk_token="<unk>",
        special_tokens=["<unk>"],
        max_piece_length=12,
        show_progress=False,
    )
    draft.train_from_iterator(read_corpus("herbal", SAMPLE), trainer)
    pieces = [(piece, score) for piece, score in json.loads(draft.to_str())["model"]["vocab"] if piece != "<unk>"]
    floor = min(score for _, score in pieces) - 10.0
    controls = [("<unk>", 0.0), (BOS, 0.0), (EOS, 0.0)]
    byte_pieces = [(f"<0x{byte:02X}>", floor) for byte in range(256)]
    tokenizer = Tokenizer(models.Unigram(controls + byte_pieces + pieces, unk_id=0, byte_fallback=True))
    tokenizer.pre_tokenizer = split
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens([special("<unk>"), special(BOS), special(EOS)])
    add_bos(tokenizer, BOS)
    return tokenizer


def make_bestiary() -> Tokenizer:
    """All 256 bytes and nothing else: a byte-level BPE without merges."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: index for index, letter in enumerate(letters)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([special(BOS), special(EOS)])
    add_bos(tokenizer, BOS)
    return tokenizer


def save(tokenizer: Tokenizer, member: str, bos: str, eos: str, extra: dict) -> None:
    """Writes tokenizer.json and tokenizer_config.json."""
    folder = TOKENIZERS / member
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": bos,
        "eos_token": eos,
        "add_bos_token": True,
        "add_eos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": 256,
        **extra,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Trains all four."""
    save(train_almanac(), "almanac", END_OF_TEXT, END_OF_TEXT, {})
    (TOKENIZERS / "ledger").mkdir(parents=True, exist_ok=True)
    (TOKENIZERS / "ledger" / "tokenizer.model").write_bytes(train_ledger())
    save(train_herbal(), "herbal", BOS, EOS, {"unk_token": "<unk>"})
    save(make_bestiary(), "bestiary", BOS, EOS, {"model_max_length": 512})


if __name__ == "__main__":
    main()
