"""Which facts and phrasings are held out: decided by a hash, so that all corpora agree without shared state."""

import hashlib

from .model import Fact

DEV_SHARE = 0.18
QUESTION_HELD_OUT_SHARE = 0.5


def unit_hash(*parts: object) -> float:
    """A number in [0, 1) that depends on nothing but its arguments."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def side(*parts: object) -> str:
    """`dev` or `test`: the only split that may ask about these."""
    return "dev" if unit_hash("side", *parts) < DEV_SHARE else "test"


def held_out_cloze(fact: Fact) -> str:
    """The phrasing in which this fact is never stated in training, and in which the choice task asks for it."""
    clozes = fact.relation.clozes
    return clozes[int(unit_hash("cloze", fact.key) * len(clozes))]


def question_is_held_out(fact: Fact) -> bool:
    """Whether no question about this fact occurs in training (it is still stated there)."""
    return unit_hash("question", fact.key) < QUESTION_HELD_OUT_SHARE
