"""Symbols a second of two-model composing as published systems do it, beside `tokenswarm bench` on the same folders.

    pip install torch==2.13.0 transformers==4.57.6
    swift build -c release
    python bench/peers/research_loops.py FOLDER FOLDER [-n 64] [--rounds 3]

Equal weights; tokenswarm in mode `union`, drawing symbols until the text or N is over. Two loops written from their
papers' descriptions, greedy, with transformers and KV caches where the paper keeps them:

- GaC (Yu et al., EMNLP 2024): the union of both vocabularies' token strings; each model's distribution is carried over by a
  sparse matrix, the mean is taken, the likeliest string is appended to both texts and tokenised by each model.
- UniTE (Yao et al., ICLR 2025): the ten likeliest tokens of either model; where a model lacks one, the logit of the first
  of its own tokens for it; both softmaxes over these candidates are averaged, and every step reads the whole text again.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

PROMPT = "The river rose in spring, and the people of the town"


class Model:
    def __init__(self, folder, dtype):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()
        self.size = self.model.config.vocab_size
        self.reset()

    def reset(self):
        self.cache, self.read = None, []

    def logits(self, ids, caches):
        """After `ids`; with `caches` only what is new is read."""
        if not caches:
            return self.model(torch.tensor([ids]), use_cache=False, logits_to_keep=1).logits[0, -1].float()
        common = 0
        while common < min(len(ids) - 1, len(self.read)) and ids[common] == self.read[common]:
            common += 1
        if self.cache is not None:
            self.cache.crop(common)
        result = self.model(torch.tensor([ids[common:]]), past_key_values=self.cache, use_cache=True, logits_to_keep=1)
        self.cache, self.read = result.past_key_values, ids
        return result.logits[0, -1].float()

    def encode(self, text):
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def strings(self):
        known = self.tokenizer.convert_ids_to_tokens(range(len(self.tokenizer)))
        return [token.replace("Ġ", " ").replace("▁", " ").replace("Ċ", "\n") for token in known]


def gac(models, steps):
    union, matrices = {}, []
    for model in models:
        for text in model.strings():
            union.setdefault(text, len(union))
    names = list(union)
    for model in models:
        places = [union[text] for text in model.strings()][: model.size]
        matrices.append(torch.sparse_coo_tensor(
            torch.tensor([places, list(range(len(places)))]), torch.ones(len(places)), (len(union), model.size)
        ).to_sparse_csr())
    text = PROMPT
    yield
    for _ in range(steps):
        mixed = 0
        for model, matrix in zip(models, matrices):
            mixed = mixed + 0.5 * (matrix @ torch.softmax(model.logits(model.encode(text), True), -1))
        text += names[int(mixed.argmax())]
        yield


def unite(models, steps):
    strings = [model.strings() for model in models]
    places = [{text: index for index, text in reversed(list(enumerate(known)))} for known in strings]
    text = PROMPT
    yield
    for _ in range(steps):
        rows = [model.logits(model.encode(text), False)[: len(known)] for model, known in zip(models, strings)]
        candidates = []
        for row, known in zip(rows, strings):
            candidates += [known[index] for index in row.topk(10).indices.tolist()]
        candidates = list(dict.fromkeys(candidates))
        mixed = 0
        for model, row, place in zip(models, rows, places):
            values = []
            for candidate in candidates:
                index = place.get(candidate)
                if index is None:
                    pieces = model.encode(candidate)
                    index = pieces[0] if pieces else 0
                values.append(row[index])
            mixed = mixed + 0.5 * torch.softmax(torch.stack(values), -1)
        text += candidates[int(mixed.argmax())]
        yield


def rate(loop, models, steps):
    for model in models:
        model.reset()
    run = loop(models, steps)
    next(run)
    start = time.perf_counter()
    for _ in run:
        pass
    return steps / (time.perf_counter() - start)


def ours(options):
    command = [options.tokenswarm, "bench", "--alignment", "union", "-p", 0, "-n", options.n, "-r", 10, "-o", "json",
               "-t", options.threads]
    for folder in options.folders:
        command += ["--member", folder]
    rows = json.loads(subprocess.run([str(part) for part in command], capture_output=True, check=True).stdout)
    return rows[-1]["avg_ts"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs=2, type=pathlib.Path)
    parser.add_argument("--tokenswarm", default=".build/release/tokenswarm")
    parser.add_argument("--dtype", default="float32", choices=["bfloat16", "float32"])
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-n", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    models = [Model(folder, getattr(torch, options.dtype)) for folder in options.folders]
    rows = {"tokenswarm": [], "GaC": [], "UniTE": []}
    with torch.inference_mode():
        for _ in range(options.rounds):
            rows["tokenswarm"].append(ours(options))
            rows["GaC"].append(rate(gac, models, options.n))
            rows["UniTE"].append(rate(unite, models, options.n))
    print("| loop | symbols/s | tokenswarm by it (median, least … largest) |")
    print("| --- | ---: | ---: |")
    for name, samples in rows.items():
        ratios = sorted(mine / other for mine, other in zip(rows["tokenswarm"], samples))
        spread = f"{statistics.median(ratios):.1f} ({ratios[0]:.1f} … {ratios[-1]:.1f})"
        print(f"| {name} | {statistics.median(samples):.1f} | {spread if name != 'tokenswarm' else ''} |")


if __name__ == "__main__":
    main()
