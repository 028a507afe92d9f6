"""Trains one member on its corpus.

    python train.py almanac
    python train.py almanac --again     # the second cycle, from the weights of the first

Writes work/<member>/model.pt every 200 steps and at the end, and one line a hundred steps to standard error.
Creating the file work/<member>/decay begins the learning-rate decay at once; the log names the step, which then
belongs into members.py.
"""

import argparse
import json
import math
import pathlib
import sys
import time

import numpy
import torch
from torch.nn import functional

import encoding
import members

HERE = pathlib.Path(__file__).resolve().parent
SEED = 7
WARMUP = 100
HELD_BACK = 400


def pack(member: str, context: int, cycle: int) -> numpy.ndarray:
    """Rows of context + 1 ids. Every row starts with a document; the one that does not fit any more is cut off."""
    codec = encoding.load(member)
    separator = [codec.eos] if codec.eos == codec.bos else [codec.eos, codec.bos]
    rows, row = [], [codec.bos]
    with open(HERE / "work" / "corpus" / f"{member}.{cycle}.jsonl", encoding="utf-8") as file:
        for line in file:
            row += codec.encode(json.loads(line)) + separator
            if len(row) > context:
                rows.append(row[: context + 1])
                row = [codec.bos]
    return numpy.array(rows, dtype=numpy.uint16)


def rate_at(step: int, plan: members.Plan, decay_from: int) -> float:
    """Warm-up, a plateau, then half a cosine down to a twentieth."""
    if step < WARMUP:
        return plan.rate * (step + 1) / WARMUP
    if step < decay_from:
        return plan.rate
    part = min(1.0, (step - decay_from) / plan.decay)
    return plan.rate * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * part)))


def loss_of(model: torch.nn.Module, rows: numpy.ndarray) -> torch.Tensor:
    """Mean negative log-likelihood of every id after the first, in nats."""
    ids = torch.from_numpy(rows.astype(numpy.int64))
    logits = model(input_ids=ids[:, :-1], use_cache=False).logits
    return functional.cross_entropy(logits.reshape(-1, logits.shape[-1]).float(), ids[:, 1:].reshape(-1))


def optimizer_for(model: torch.nn.Module, rate: float) -> torch.optim.AdamW:
    """AdamW with weight decay on matrices only."""
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    vectors = [p for p in model.parameters() if p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": 0.05}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), eps=1e-8, fused=True)


def train(member: str, again: bool) -> None:
    """Runs the member's plan, or its second cycle."""
    plan = members.SECOND_CYCLES[member] if again else members.PLANS[member]
    folder = HERE / "work" / member
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    model = members.create(member)
    if again:
        model.load_state_dict(torch.load(folder / "model.pt"))
    rows = pack(member, plan.context, 1 + again)
    held_back, rows = rows[: HELD_BACK // 8], rows[HELD_BACK // 8 :]
    order = numpy.random.default_rng(SEED + again)
    batches = numpy.concatenate([order.permutation(len(rows)) for _ in range(plan.steps * plan.batch // len(rows) + 1)])
    optimizer = optimizer_for(model, plan.rate)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{member}: {parameters} parameters, {len(rows)} rows", file=sys.stderr, flush=True)
    begun, running, decay_from, step = time.time(), 0.0, plan.steps - plan.decay, 0
    while step < decay_from + plan.decay:
        if step < decay_from and (folder / "decay").exists():
            decay_from = step
            print(f"{member}: decay begins at step {step}", file=sys.stderr, flush=True)
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, plan, decay_from)
        loss = loss_of(model, rows[batches[step * plan.batch : (step + 1) * plan.batch]])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        running += loss.item()
        step += 1
        if step % 100 == 0:
            report(member, model, held_back, step, running / 100, time.time() - begun)
            running = 0.0
        if step % 200 == 0:
            torch.save(model.state_dict(), folder / "model.pt")
    torch.save(model.state_dict(), folder / "model.pt")
    report(member, model, held_back, step, float("nan"), time.time() - begun)


def report(
    member: str, model: torch.nn.Module, held_back: numpy.ndarray, step: int, loss: float, seconds: float
) -> None:
    """One line of the log."""
    with torch.no_grad():
        held_loss = loss_of(model, held_back[:24]).item()
    print(
        f"{member}: step {step} loss {loss:.4f} held back {held_loss:.4f} seconds {seconds:.0f}",
        file=sys.stderr,
        flush=True,
    )


def main() -> None:
    """Parses the command line and trains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("member", choices=sorted(members.PLANS))
    parser.add_argument("--again", action="store_true", help="train on: the second cycle of members.py")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    train(arguments.member, arguments.again)


if __name__ == "__main__":
    main()
