"""Writes Tests/Fixtures/metrics/f1.json: SQuAD's token F1 as transformers computes it.

    pip install transformers==4.57.6
    python bench/oracles/metric_goldens.py
"""

import json
import pathlib
import random

from transformers.data.metrics.squad_metrics import compute_f1

OUT = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "metrics" / "f1.json"

WORDS = (
    "the a an The AN salt pepper Salt, salt. apron blue-green theatre an-other o'clock 12 12.5 café naïve “the” the; "
    "… — (a) B A b. of and to Æsop ÉTÉ"
).split()

CASES = [
    ("", ""), ("", "salt"), ("salt", ""), ("the", "a"), ("the", "salt"), ("Answer: B", "A"), ("Answer: B", "B"),
    ("a blue apron", "the blue, apron!"), ("salt salt salt", "salt"), ("salt", "salt salt"), ("  salt\t\n", "salt"),
    ("theatre", "atre"), ("the-salt", "salt"), ("a\u00a0salt", "salt"),
]


def main():
    chance = random.Random(7)
    cases = list(CASES)
    for _ in range(186):
        draw = lambda: " ".join(chance.choice(WORDS) for _ in range(chance.randrange(7)))
        cases.append((draw(), draw()))
    rows = [{"answer": a, "right": b, "f1": compute_f1(b, a)} for a, b in cases]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    with OUT.open("w", encoding="utf-8") as file:
        json.dump(rows, file, ensure_ascii=False, indent=0)
        file.write("\n")


if __name__ == "__main__":
    main()
