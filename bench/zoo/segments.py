"""Scores of texts by joint segments: the mixture decides once between two places where all members have a token end."""

import numpy
import torch

import encoding

BATCH = 32


def token_log_probabilities(model: torch.nn.Module, bos: int, sequences: list[list[int]]) -> list[numpy.ndarray]:
    """For each sequence the log-probability of every token given BOS and the tokens before, in nats."""
    results: list[numpy.ndarray] = [numpy.zeros(0)] * len(sequences)
    order = sorted(range(len(sequences)), key=lambda index: len(sequences[index]))
    for start in range(0, len(order), BATCH):
        batch = order[start : start + BATCH]
        longest = max(len(sequences[index]) for index in batch)
        ids = torch.zeros((len(batch), longest + 1), dtype=torch.long)
        for row, index in enumerate(batch):
            ids[row, : len(sequences[index]) + 1] = torch.tensor([bos, *sequences[index]])
        with torch.no_grad():
            logits = model(input_ids=ids[:, :-1], use_cache=False).logits.float()
            chosen = torch.log_softmax(logits, -1).gather(-1, ids[:, 1:, None])[:, :, 0].double().numpy()
        for row, index in enumerate(batch):
            results[index] = chosen[row, : len(sequences[index])]
    return results


def joint_scores(
    models: dict[str, torch.nn.Module], texts: list[str], starts: list[int] | None = None
) -> list[numpy.ndarray]:
    """For each text an array [segments, members] of log-probabilities, of the segments after byte `start` only."""
    ends, sums = [], []
    for name, model in models.items():
        codec = encoding.load(name)
        encoded = [codec.ends(text) for text in texts]
        scores = token_log_probabilities(model, codec.bos, [ids for ids, _ in encoded])
        ends.append([offsets for _, offsets in encoded])
        sums.append([dict(zip(offsets, numpy.cumsum(values))) for (_, offsets), values in zip(encoded, scores)])
    results = []
    for index in range(len(texts)):
        joint = sorted(set.intersection(*(set(member[index]) for member in ends)) - {0})
        start = starts[index] if starts else 0
        if start and start not in joint:
            raise ValueError(f"no joint boundary at byte {start} of {texts[index]!r}")
        offsets = [offset for offset in joint if offset >= start]
        table = numpy.array([[member[index][offset] for member in sums] for offset in offsets])
        before = table[:1] * 0 if not start else table[:1]
        results.append(numpy.diff(table if start else numpy.concatenate([before, table]), axis=0))
    return results


def mixture(scores: numpy.ndarray, weights: numpy.ndarray) -> float:
    """The log-probability of all segments under Σ w·P, in nats."""
    with numpy.errstate(divide="ignore"):
        return float(numpy.logaddexp.reduce(scores + numpy.log(weights), axis=1).sum())


def fit_by_em(scores: list[numpy.ndarray], rounds: int = 300) -> numpy.ndarray:
    """The weights that maximise the likelihood of all segments."""
    every = numpy.concatenate(scores)
    relative = numpy.exp(every - every.max(axis=1, keepdims=True))
    weights = numpy.full(every.shape[1], 1 / every.shape[1])
    for _ in range(rounds):
        shares = relative * weights
        weights = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
    return weights
