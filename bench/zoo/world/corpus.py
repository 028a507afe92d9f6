"""The members' training corpora: who reads what, in which proportions."""

import random
from collections.abc import Iterator

from .joint import Family
from .model import World
from .prose import Writer

# Domain weights of each member. They are unequal on purpose: the almanac is broad, the bestiary narrow.
DIET = {
    "almanac": {"towns": 0.36, "chronicle": 0.38, "stars": 0.26},
    "ledger": {"guilds": 0.48, "trade": 0.52},
    "herbal": {"herbs": 0.54, "cookery": 0.46},
    "bestiary": {"beasts": 1.0},
}
# Kinds of document, alike for all members. In hearsay a member overhears how the others talk, but not what is true: the
# values are random. It learns to read foreign domains and to be undecided there instead of confidently wrong.
KINDS = {
    "paragraph": 0.50,
    "statements": 0.13,
    "questions": 0.13,
    "joint": 0.12,
    "tale": 0.04,
    "hearsay": 0.07,
    "joint hearsay": 0.01,
}


def documents(world: World, families: list[Family], member: str, count: int, seed: int) -> Iterator[str]:
    """`count` documents of a member's corpus."""
    rng = random.Random(f"corpus-{member}-{seed}")
    writer = Writer(world, rng)
    own_families = [family for family in families if member in family.members]
    foreign_families = [family for family in families if member not in family.members]
    foreign_domains = [name for name in world.domains if name not in DIET[member]]
    domains, domain_weights = list(DIET[member]), list(DIET[member].values())
    kinds, kind_weights = list(KINDS), list(KINDS.values())
    for _ in range(count):
        kind = rng.choices(kinds, kind_weights)[0]
        domain = rng.choices(domains, domain_weights)[0]
        if kind == "joint":
            yield writer.joint(rng.choice(own_families), member)
        elif kind == "joint hearsay":
            yield writer.joint(rng.choice(foreign_families), member)
        elif kind == "tale":
            yield writer.tale()
        elif kind == "hearsay":
            yield writer.hearsay(rng.choice(foreign_domains))
        else:
            yield getattr(writer, kind)(domain)
