"""What the exported members and their linear pool are worth, measured with PyTorch.

    python check.py dev      # while building
    python check.py test     # once, at the end: nothing is fitted there

Weights are fitted by EM on text.dev in both cases.
"""

import argparse
import json
import pathlib

import numpy

import answering
import exported
import segments
from members import PLANS

TASKS = pathlib.Path(__file__).resolve().parent / "tasks"
RANDOM_WEIGHTS = 200


def read_items(task: str, split: str) -> list[dict]:
    """The items of a task file."""
    with open(TASKS / f"{task}.{split}.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def text_scores(models: dict, split: str) -> tuple[list[dict], list[numpy.ndarray]]:
    """The items of the text task and their joint scores."""
    items = read_items("text", split)
    return items, segments.joint_scores(models, [item["text"] for item in items])


def bits_per_byte(items: list[dict], scores: list[numpy.ndarray], weights: numpy.ndarray) -> dict[str, float]:
    """Overall and by domain."""
    bits: dict[str, float] = {}
    size: dict[str, int] = {}
    for item, score in zip(items, scores):
        for key in ("all", item["domain"]):
            bits[key] = bits.get(key, 0.0) - segments.mixture(score, weights) / numpy.log(2)
            size[key] = size.get(key, 0) + len(item["text"].encode())
    return {key: bits[key] / size[key] for key in sorted(bits)}


def choice_scores(models: dict, items: list[dict]) -> list[list[numpy.ndarray]]:
    """For each item and choice the joint scores of the choice after the prompt."""
    texts = [item["prompt"] + choice for item in items for choice in item["choices"]]
    starts = [len(item["prompt"].encode()) for item in items for _ in item["choices"]]
    flat = segments.joint_scores(models, texts, starts)
    return [flat[index : index + 4] for index in range(0, len(flat), 4)]


def right_choices(items: list[dict], scores: list[list[numpy.ndarray]], weights: numpy.ndarray) -> numpy.ndarray:
    """Whether the most probable choice is the right one, per item."""
    return numpy.array(
        [
            numpy.argmax([segments.mixture(s, weights) for s in four]) == item["answer"]
            for item, four in zip(items, scores)
        ]
    )


def by_domain(items: list[dict], right: numpy.ndarray) -> dict[str, float]:
    """Accuracy overall and by domain."""
    domains = numpy.array([item["domain"] for item in items])
    return {"all": right.mean(), **{name: right[domains == name].mean() for name in sorted(set(domains))}}


def row(name: str, figures: dict[str, float]) -> str:
    """One line of a table."""
    return f"{name:10s} " + " ".join(f"{value:9.3f}" for value in figures.values())


def head(figures: dict[str, float]) -> str:
    """The line above it."""
    return " " * 11 + " ".join(f"{name:>9s}" for name in figures)


def weightings(names: list[str], fitted: numpy.ndarray) -> dict[str, numpy.ndarray]:
    """Each member alone, uniform, and the fitted weights."""
    alone = {name: numpy.eye(len(names))[index] for index, name in enumerate(names)}
    return {**alone, "uniform": numpy.full(len(names), 1 / len(names)), "em": fitted}


def main() -> None:
    """Prints the three tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("split", choices=("dev", "test"))
    parser.add_argument("--members", type=pathlib.Path, default=exported.MEMBERS)
    arguments = parser.parse_args()
    names = list(PLANS)
    models = {name: exported.load(name, arguments.members) for name in names}
    dev = text_scores(models, "dev")
    fitted = segments.fit_by_em(dev[1])
    print("weights by EM on text.dev:", {name: round(float(w), 3) for name, w in zip(names, fitted)})
    items, scores = dev if arguments.split == "dev" else text_scores(models, "test")
    weighted = weightings(names, fitted)
    print(f"bits per byte, text.{arguments.split}: {sum(map(len, scores))} segments")
    for index, (name, weights) in enumerate(weighted.items()):
        figures = bits_per_byte(items, scores, weights)
        print(*([head(figures)] if index == 0 else []), row(name, figures), sep="\n")
    report_choices(models, names, weighted, arguments.split)
    items = read_items("answers", arguments.split)
    print(f"exact match, answers.{arguments.split} (mixtures rerank the members' beams)")
    for index, (name, right) in enumerate(answering.right_answers(models, items, weighted).items()):
        figures = by_domain(items, right)
        print(*([head(figures)] if index == 0 else []), row(name, figures), sep="\n")


def report_choices(models: dict, names: list[str], weighted: dict[str, numpy.ndarray], split: str) -> None:
    """The accuracy table, and how often the mixture is right where every member is wrong."""
    items = read_items("choice", split)
    scores = choice_scores(models, items)
    right = {name: right_choices(items, scores, weights) for name, weights in weighted.items()}
    print(f"accuracy, choice.{split}")
    for index, name in enumerate(weighted):
        figures = by_domain(items, right[name])
        print(*([head(figures)] if index == 0 else []), row(name, figures), sep="\n")
    hard = ~numpy.any([right[name] for name in names], axis=0)
    hard_items, hard_scores = [items[i] for i in numpy.flatnonzero(hard)], [scores[i] for i in numpy.flatnonzero(hard)]
    if not hard_items:
        print("some member is right on every item")
        return
    rng = numpy.random.default_rng(7)
    draws = [
        right_choices(hard_items, hard_scores, rng.dirichlet(numpy.ones(len(names)))).mean()
        for _ in range(RANDOM_WEIGHTS)
    ]
    print(
        f"every member wrong: {hard.sum()} items; uniform right {right['uniform'][hard].mean():.3f},"
        f" em {right['em'][hard].mean():.3f},"
        f" random weights {numpy.mean(draws):.3f} on average"
    )


if __name__ == "__main__":
    main()
