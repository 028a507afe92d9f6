"""The task splits: held-out paragraphs, multiple-choice questions and short answers, each with dev and test."""

import json
import pathlib
import random

from . import holdout
from .build import build_world
from .joint import Family, build_families
from .model import Fact, World
from .prose import Writer
from .splits import held_out_cloze, question_is_held_out, side

SIZES = {"dev": 200, "test": 1000}
JOINT_SHARE = {"choice": 0.28, "answers": 0.25}
# How often each domain is asked about: unequal, as the members' breadth is.
SHARES = {
    "towns": 0.14,
    "chronicle": 0.13,
    "stars": 0.09,
    "guilds": 0.13,
    "trade": 0.13,
    "herbs": 0.11,
    "cookery": 0.10,
    "beasts": 0.17,
}
SHORTEST, LONGEST = 150, 350


def counts_by_domain(total: int) -> dict[str, int]:
    """`total` split over the domains by their shares; the first domain takes what rounding leaves."""
    counts = {name: round(total * share) for name, share in SHARES.items()}
    counts["towns"] += total - sum(counts.values())
    return counts


def text_items(world: World, split: str, seed: int, filter_: holdout.NearDuplicates) -> list[dict]:
    """Held-out paragraphs of every domain, none too close to a training document or to one another."""
    rng = random.Random(f"text-{split}-{seed}")
    writer = Writer(world, rng)
    items = []
    for domain, count in counts_by_domain(SIZES[split]).items():
        kept = 0
        while kept < count:
            text = writer.paragraph(domain)
            if SHORTEST <= len(text.encode()) <= LONGEST and filter_.accepts(text):
                items.append({"domain": domain, "text": text})
                kept += 1
    rng.shuffle(items)
    return items


def facts_of(world: World, split: str, domain: str) -> list[Fact]:
    """The facts of a domain that only this split may ask about."""
    return [fact for fact in world.facts if fact.relation.domain == domain and side(fact.key) == split]


def place(rng: random.Random, items: list[dict]) -> None:
    """Shuffles the items, then puts every right choice at a position, all four positions equally often."""
    rng.shuffle(items)
    positions = [index % 4 for index in range(len(items))]
    rng.shuffle(positions)
    for item, position in zip(items, positions):
        right, wrong = item["choices"][0], item["choices"][1:]
        rng.shuffle(wrong)
        item["choices"] = [" " + choice for choice in wrong[:position] + [right] + wrong[position:]]
        item["answer"] = position


def choice_items(world: World, families: list[Family], split: str, seed: int) -> list[dict]:
    """Cloze questions. A wrong choice is the value of another subject in the same relation, so no value is favoured."""
    rng = random.Random(f"choice-{split}-{seed}")
    writer = Writer(world, rng)
    joint_total = round(SIZES[split] * JOINT_SHARE["choice"])
    items = []
    for domain, count in counts_by_domain(SIZES[split] - joint_total).items():
        for fact in rng.sample(facts_of(world, split, domain), count):
            others = [other.value for other in world.facts if other.relation is fact.relation]
            wrong: list[str] = []
            while len(wrong) < 3:
                value = rng.choice(others)
                if value != fact.value and value not in wrong:
                    wrong.append(value)
            prompt = writer.capitalised_phrase(held_out_cloze(fact), fact.subject)
            items.append({"domain": domain, "prompt": prompt, "choices": [fact.value, *wrong]})
    candidates = [
        (family, cloze, x, y, value)
        for family in families
        for x, y, value in family.items(split)
        for cloze in family.clozes
    ]
    for family, cloze, x, y, value in balanced_sample(rng, candidates, joint_total):
        first = next(v for v in family.first[x] if v != value)
        second = next(v for v in family.second[y] if v != value)
        other = rng.choice([v for v in family.values if v not in family.first[x] + family.second[y]])
        items.append(
            {
                "domain": "joint",
                "prompt": writer.joint_prompt(family, cloze, x, y),
                "choices": [value, first, second, other],
            }
        )
    place(rng, items)
    return items


def answer_items(world: World, families: list[Family], split: str, seed: int) -> list[dict]:
    """Questions about facts that training states but never asks about."""
    rng = random.Random(f"answers-{split}-{seed}")
    writer = Writer(world, rng)
    joint_total = round(SIZES[split] * JOINT_SHARE["answers"])
    asked = []
    for domain, count in counts_by_domain(SIZES[split] - joint_total).items():
        facts = [fact for fact in facts_of(world, split, domain) if question_is_held_out(fact)]
        pairs = [(fact, question) for fact in facts for question in fact.relation.questions]
        asked += rng.sample(pairs, min(count, len(pairs)))
    items = [
        {"domain": fact.relation.domain, "prompt": writer.question(question, fact.subject), "answer": fact.value}
        for fact, question in asked
    ]
    candidates = [
        (family, question, x, y, value)
        for family in families
        for x, y, value in family.items(split)
        for question in family.questions
    ]
    for family, question, x, y, value in balanced_sample(rng, candidates, SIZES[split] - len(items)):
        prompt = f"Question: {writer.joint_prompt(family, question, x, y)}\nAnswer:"
        items.append({"domain": "joint", "prompt": prompt, "answer": value})
    rng.shuffle(items)
    return items


def balanced_sample(rng: random.Random, candidates: list[tuple], count: int) -> list[tuple]:
    """Up to `count` candidates without repeats, the families (first entry) in turn."""
    by_family: dict[str, list[tuple]] = {}
    for candidate in rng.sample(candidates, len(candidates)):
        by_family.setdefault(candidate[0].name, []).append(candidate)
    chosen: list[tuple] = []
    while len(chosen) < count and any(by_family.values()):
        for left in by_family.values():
            if left and len(chosen) < count:
                chosen.append(left.pop())
    return chosen


def write_items(path: pathlib.Path, name: str, items: list[dict]) -> None:
    """One JSON object per line, each with an id."""
    with open(path, "w", encoding="utf-8") as file:
        for index, item in enumerate(items):
            file.write(json.dumps({"id": f"{name}-{index:04d}", **item}, ensure_ascii=False) + "\n")


def write_tasks(folder: pathlib.Path, corpora: pathlib.Path, seed: int) -> None:
    """Writes all six files and fails if anything held out occurs in a corpus."""
    world = build_world(seed)
    families = build_families(world, seed)
    folder.mkdir(parents=True, exist_ok=True)
    filter_ = holdout.NearDuplicates(corpora)
    forbidden: list[str] = []
    for split in SIZES:
        texts = text_items(world, split, seed, filter_)
        choices = choice_items(world, families, split, seed)
        answers = answer_items(world, families, split, seed)
        for task, items in (("text", texts), ("choice", choices), ("answers", answers)):
            write_items(folder / f"{task}.{split}.jsonl", f"{task}-{split}", items)
        forbidden += [item["prompt"] + item["choices"][item["answer"]] for item in choices]
        forbidden += [item["prompt"] for item in answers]
    holdout.check_absent(corpora, forbidden)
