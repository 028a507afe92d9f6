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
# Kinds of document, alike for all members, in the first and the second cycle of training. In hearsay a member overhears
# how the others talk, but not what is true: the values are random. It learns to read foreign domains and to be
# undecided there instead of confidently wrong.
KINDS = (
    {"paragraph": 50, "statements": 13, "questions": 13, "joint": 12, "tale": 4, "hearsay": 7, "joint hearsay": 1},
    {"paragraph": 40, "statements": 13, "questions": 16, "joint": 24, "tale": 3, "hearsay": 3, "joint hearsay": 1},
)


def documents(world: World, families: list[Family], member: str, count: int, cycle: int, seed: int) -> Iterator[str]:
    """`count` documents of a member's corpus for a cycle of training (1 or 2)."""
    rng = random.Random(f"corpus-{member}-{cycle}-{seed}" if cycle > 1 else f"corpus-{member}-{seed}")
    writer = Writer(world, rng)
    own_families = [family for family in families if member in family.members]
    foreign_families = [family for family in families if member not in family.members]
    foreign_domains = [name for name in world.domains if name not in DIET[member]]
    domains, domain_weights = list(DIET[member]), list(DIET[member].values())
    kinds, kind_weights = list(KINDS[cycle - 1]), list(KINDS[cycle - 1].values())
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
