"""One interface to the four tokenizers: ids of a text, text of ids, and where each token ends in the text's bytes."""

import pathlib

import sentencepiece
from tokenizers import Tokenizer

TOKENIZERS = pathlib.Path(__file__).resolve().parent.parent.parent / "tokenizers"


class JSONEncoding:
    """A tokenizer.json."""

    def __init__(self, folder: pathlib.Path, bos: str, eos: str):
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.size = self.tokenizer.get_vocab_size()
        self.bos, self.eos = self.tokenizer.token_to_id(bos), self.tokenizer.token_to_id(eos)

    def encode(self, text: str) -> list[int]:
        """The ids, without special tokens."""
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def decode(self, ids: list[int]) -> str:
        """The text of the ids."""
        return self.tokenizer.decode(ids, skip_special_tokens=True)

    def ends(self, text: str) -> tuple[list[int], list[int]]:
        """The ids and the byte offset in `text` at which each ends."""
        ids = self.encode(text)
        lengths = [self.byte_length(index) for index in ids]
        return ids, running_sum(lengths, 0)

    def byte_length(self, index: int) -> int:
        """How many bytes a token stands for."""
        piece = self.tokenizer.id_to_token(index)
        if self.tokenizer.decoder is not None and type(self.tokenizer.decoder).__name__ == "ByteLevel":
            return len(piece)
        return 1 if is_byte(piece) else len(piece.replace("▁", " ").encode())


class PieceEncoding:
    """A SentencePiece model, whose first token carries a space that the text has not."""

    def __init__(self, path: pathlib.Path):
        self.model = sentencepiece.SentencePieceProcessor(model_file=str(path))
        self.size = self.model.get_piece_size()
        self.bos, self.eos = self.model.bos_id(), self.model.eos_id()

    def encode(self, text: str) -> list[int]:
        """The ids, without special tokens."""
        return self.model.encode(text)

    def decode(self, ids: list[int]) -> str:
        """The text of the ids."""
        return self.model.decode(ids)

    def ends(self, text: str) -> tuple[list[int], list[int]]:
        """The ids and the byte offset in `text` at which each ends."""
        ids = self.encode(text)
        pieces = [self.model.id_to_piece(index) for index in ids]
        return ids, running_sum(
            [1 if is_byte(piece) else len(piece.replace("▁", " ").encode()) for piece in pieces], -1
        )


def is_byte(piece: str) -> bool:
    """Whether a piece is a byte of the fallback, such as <0x0A>."""
    return len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">")


def running_sum(lengths: list[int], start: int) -> list[int]:
    """Cumulative sums, beginning from `start`."""
    total, sums = start, []
    for length in lengths:
        total += length
        sums.append(total)
    return sums


def load(member: str) -> JSONEncoding | PieceEncoding:
    """The tokenizer of a member."""
    folder = TOKENIZERS / member
    if member == "ledger":
        return PieceEncoding(folder / "tokenizer.model")
    both = ("<|endoftext|>", "<|endoftext|>") if member == "almanac" else ("<|begin|>", "<|end|>")
    return JSONEncoding(folder, *both)
