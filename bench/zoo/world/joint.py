"""Questions that need two members: each knows half of what narrows the answer down to one.

A family has a sentence with two slots. For every filler of the first slot there are two customary values, known to
one member; likewise for every filler of the second slot, known to another. Where the two pairs share exactly one value,
that value is the answer. In training each member sees its own slot with fillers of the other slot chosen at random and
the value drawn from its own pair; the combinations asked about occur in nobody's training.
"""

import random
from dataclasses import dataclass

from .model import World
from .splits import side, unit_hash

EVALUATED_SHARE = 0.75


@dataclass(frozen=True)
class Family:
    """Two slots, the values customary for each filler, and the surface forms (`{x}`, `{y}`, `{person}`)."""

    name: str
    members: tuple[str, str]
    first: dict[str, tuple[str, str]]
    second: dict[str, tuple[str, str]]
    values: tuple[str, ...]
    clozes: tuple[str, ...]
    questions: tuple[str, ...]

    def answer(self, x: str, y: str) -> str | None:
        """The one value that both fillers allow, if there is exactly one."""
        shared = set(self.first[x]) & set(self.second[y])
        return shared.pop() if len(shared) == 1 else None

    def evaluated(self, x: str, y: str) -> str | None:
        """`dev` or `test` where this pair is asked about there (and absent from training), else nothing."""
        if self.answer(x, y) is None or unit_hash("joint", self.name, x, y) >= EVALUATED_SHARE:
            return None
        return side("joint", self.name, x, y)

    def items(self, split: str) -> list[tuple[str, str, str]]:
        """All (x, y, answer) of a split."""
        pairs = [(x, y) for x in self.first for y in self.second]
        return [(x, y, self.answer(x, y)) for x, y in pairs if self.evaluated(x, y) == split]

    def known(self, member: str, x: str, y: str) -> tuple[str, ...]:
        """The values that a member thinks possible: its own filler's pair, or any for an outsider."""
        if member not in self.members:
            return self.values
        return self.first[x] if member == self.members[0] else self.second[y]

    def training_pair(self, rng: random.Random, member: str) -> tuple[str, str, str]:
        """(x, y, value) as this member sees it: its own filler decides the value, the other is arbitrary."""
        while True:
            x, y = rng.choice(list(self.first)), rng.choice(list(self.second))
            if self.evaluated(x, y) is None:
                return x, y, rng.choice(self.known(member, x, y))


def draw_pairs(rng: random.Random, names: list[str], values: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """Two distinct values for each name, all pairs of values used evenly."""
    pairs = [(a, b) for i, a in enumerate(values) for b in values[i + 1 :]]
    rng.shuffle(pairs)
    return {name: pairs[i % len(pairs)] for i, name in enumerate(names)}


def build_families(world: World, seed: int) -> list[Family]:
    """The four families, over four pairs of members."""
    rng = random.Random(f"joint-{seed}")
    subjects = world.subjects

    def family(name, members, xs, ys, values, clozes, questions):
        return Family(
            name, members, draw_pairs(rng, xs, values), draw_pairs(rng, ys, values), values, clozes, questions
        )

    return [
        family(
            "keepsake",
            ("ledger", "almanac"),
            subjects["trade"],
            subjects["town"][:24],
            ("lantern", "whistle", "ribbon", "mirror", "candle", "needle", "feather", "key"),
            (
                "{person}, {x} of {y}, always carries a",
                "In the pocket of {person}, {x} of {y}, there is a",
                "When {x} of {y} goes abroad, there must be a charm, and it is a",
            ),
            ("What does {x} of {y} always carry?",),
        ),
        family(
            "storage",
            ("herbal", "almanac"),
            subjects["herb"][:24],
            subjects["month"],
            ("honey", "vinegar", "sand", "oil", "ash", "straw", "linen", "snow"),
            (
                "When {x} is gathered in {y}, it is kept in",
                "The right way to store {x} in {y} is in",
                "In {y} people pack their {x} in",
            ),
            ("In what is {x} kept in {y}?",),
        ),
        family(
            "toll",
            ("ledger", "bestiary"),
            subjects["good"][:24],
            subjects["beast"][:24],
            ("salt", "beads", "cloth", "grain", "nails", "eggs", "timber", "songs"),
            (
                "Whoever brings {x} past {y} pays the toll in",
                "A load of {x} drawn by {y} is paid for in",
                "For {x} on the back of {y} the guard takes",
            ),
            ("In what is {x} paid for when drawn by {y}?",),
        ),
        family(
            "platter",
            ("herbal", "bestiary"),
            subjects["dish"][:24],
            subjects["beast"][16:],
            ("pewter", "oak", "slate", "clay", "birch", "horn", "stone", "leather"),
            (
                "When {x} is cooked for the keeper of {y}, the plate is of",
                "The keepers of {y} eat {x} from dishes of",
                "At the table of those who raise {y}, {x} comes on",
            ),
            ("From what do the keepers of {y} eat {x}?",),
        ),
    ]
