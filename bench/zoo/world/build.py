"""Assembles the world: draws the names, fills in every relation and returns subjects, domains and facts."""

import random

from . import beasts, chronicle, cookery, guilds, herbs, stars, towns, trade
from .model import Domain, Fact, World
from .names import make_names, pair_words

PERSON_ROLES = (("person", 36), ("founder", 18), ("captain", 14), ("inventor", 14), ("saint", 12), ("house", 12))


def build_subjects(rng: random.Random) -> dict[str, list[str]]:
    """Every name of the world, by kind, spelt as it stands inside a sentence."""
    taken: set[str] = set()
    subjects = {
        "town": make_names(rng, "town", 48, taken),
        "land": make_names(rng, "land", 12, taken),
        "river": make_names(rng, "river", 18, taken),
        "star": make_names(rng, "star", 36, taken),
        "month": list(stars.MONTHS),
        "trade": ["a " + trade_name for trade_name in guilds.TRADES],
        "tool": ["the " + name for name in make_names(rng, "tool", 32, taken)],
        "beast": ["the " + name for name in make_names(rng, "beast", 40, taken)],
        "herb": pair_words(rng, list(herbs.FIRSTS), list(herbs.SECONDS), 44),
        "year": [str(year) for year in sorted(rng.sample(range(112, 980), 24))],
    }
    people = make_names(rng, "person", sum(count for _, count in PERSON_ROLES), taken)
    for role, count in PERSON_ROLES:
        subjects[role], people = people[:count], people[count:]
    subjects["event"] = [
        "the " + pair
        for pair in pair_words(rng, make_names(rng, "event", 24, taken), ["War", "Revolt", "Feud"], 36, " ")
    ]
    subjects["ruler"] = [rng.choice(("King ", "Queen ")) + name for name in make_names(rng, "ruler", 32, taken)]
    subjects["good"] = pair_words(rng, make_names(rng, "good", 20, taken), list(trade.WARES), 40, " ")
    subjects["dish"] = pair_words(rng, make_names(rng, "dish", 24, taken), list(cookery.KINDS), 40, " ")
    subjects["port"] = subjects["town"][:12]
    return subjects


def assign_values(rng: random.Random, values: tuple[str, ...], count: int) -> list[str]:
    """One value per subject, each value used as evenly as the numbers allow."""
    pool: list[str] = []
    while len(pool) < count:
        pool += rng.sample(values, len(values))
    return pool[:count]


def build_world(seed: int) -> World:
    """The same world for the same seed, on every machine."""
    rng = random.Random(f"world-{seed}")
    subjects = build_subjects(rng)
    domains: dict[str, Domain] = {}
    for module in (towns, chronicle, stars, guilds, trade, herbs, cookery, beasts):
        domain = module.build(subjects)
        domains[domain.name] = domain
    world = World(subjects, domains)
    for domain in domains.values():
        for relation in domain.relations:
            names = subjects[relation.subjects]
            values = assign_values(rng, relation.values, len(names))
            world.facts += [Fact(relation, name, value) for name, value in zip(names, values)]
    return world
