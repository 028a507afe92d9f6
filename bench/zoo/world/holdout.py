"""Checks that what is held out is not in the training corpora."""

import json
import pathlib
import re
from collections.abc import Iterator

LARGEST_SHARE = 0.6


def corpus_documents(corpora: pathlib.Path) -> Iterator[str]:
    """Every document of every member."""
    for path in sorted(corpora.glob("*.jsonl")):
        with open(path, encoding="utf-8") as file:
            yield from map(json.loads, file)


def sentences_of(text: str) -> list[str]:
    """The sentences of a paragraph, lower-cased."""
    return [part for part in re.split(r"(?<=[.?!])\s+", text.lower()) if part]


class NearDuplicates:
    """Refuses a paragraph if a single earlier document contains sentences that make up 60% of its bytes or more."""

    def __init__(self, corpora: pathlib.Path):
        self.documents_with: dict[int, list[int]] = {}
        self.count = 0
        for text in corpus_documents(corpora):
            self.add(text)

    def add(self, text: str) -> None:
        """Remembers a document's sentences."""
        for sentence in set(sentences_of(text)):
            self.documents_with.setdefault(hash(sentence), []).append(self.count)
        self.count += 1

    def accepts(self, text: str) -> bool:
        """Whether the text is new enough; if so, it counts as an earlier document from now on."""
        sentences = sentences_of(text)
        shared: dict[int, int] = {}
        for sentence in set(sentences):
            for document in self.documents_with.get(hash(sentence), ()):
                shared[document] = shared.get(document, 0) + len(sentence)
        if max(shared.values(), default=0) >= LARGEST_SHARE * sum(map(len, sentences)):
            return False
        self.add(text)
        return True


def check_absent(corpora: pathlib.Path, strings: list[str]) -> None:
    """Raises unless none of the strings occurs in any document, whatever its case."""
    everything = "\x00".join(corpus_documents(corpora)).lower()
    found = [text for text in strings if text.lower() in everything]
    if found:
        raise ValueError(f"{len(found)} held-out strings occur in the corpora, for example {found[0]!r}")
