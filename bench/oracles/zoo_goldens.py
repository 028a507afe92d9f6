"""Writes Tests/Fixtures/zoo/: what the bundled members and their tokenizers say by PyTorch and the reference libraries.

    pip install -r bench/zoo/requirements.txt
    python bench/oracles/zoo_goldens.py

`<member>.json`: three prompts with their ids (BOS first), the float32 logits after the last id, and the next 24 ids of
greedy decoding, from the weights as shipped (dequantised to float32). `<member>-tokens.json`: 60 strings with their
ids, without special tokens.
"""

import json
import pathlib
import sys

import torch

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench" / "zoo"))

import encoding  # noqa: E402
import exported  # noqa: E402
from members import PLANS  # noqa: E402

FIXTURES = ROOT / "Tests" / "Fixtures" / "zoo"
GREEDY_TOKENS = 24
STRINGS = 60
PROMPTS = {
    "almanac": ["Let us speak of Velmar.", "Question: What is the capital of Bormark?\nAnswer:", "In the year 512"],
    "ledger": [
        "At the fair Lornic ink costs",
        "Question: What does a dyer wear at work?\nAnswer:",
        "Let us speak of a smith.",
    ],
    "herbal": [
        "There is more than one story about moonbell.",
        "Question: What does crowbell cure?\nAnswer:",
        "Dorny stew is",
    ],
    "bestiary": ["The cry of the drell is", "Question: Where does the rabock live?\nAnswer:", "It was a wet day, and"],
}
ODD_STRINGS = [
    "a",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    " a",
    "a ",
    "a  b",
    " two  spaces   three ",
    "line\nbreak",
    "line \n break",
    "\r\n",
    "don't can't we'll I'm",
    "1",
    "12",
    "2026",
    "3.14",
    "a1b22c333",
    "In 212, 47 men and 9 dogs.",
    "ALL CAPS",
    "snake_case and camelCase",
    "x=y+z; {[(<>)]}",
    "\"quoted\" 'single' `tick`",
    "...?!",
    "--- *** ###",
    "é",
    "e\u0301",
    "naïve café",
    "Straße Øre Åsa",
    "Привет, мир",
    "καλημέρα",
    "שלום",
    "مرحبا",
    "नमस्ते",
    "日本語の文",
    "한국어",
    "中文 English 混合",
    "🙂",
    "👩‍👩‍👧‍👦",
    "🇮🇪 flag",
    "\u00a0no-break",
    "zero\u200bwidth",
    "▁ already",
    "<|endoftext",
    "<0x0A>",
    "a\u0000b",
]


def written(path: pathlib.Path, value: object) -> None:
    """Writes JSON, one line, UTF-8."""
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def golden(model: torch.nn.Module, codec: object, text: str) -> dict:
    """One prompt's ids, last logits and greedy continuation."""
    ids = [codec.bos, *codec.encode(text)]
    generated: list[int] = []
    last = None
    with torch.no_grad():
        for _ in range(GREEDY_TOKENS):
            logits = model(input_ids=torch.tensor([ids + generated]), use_cache=False).logits[0, -1].float()
            last = logits if last is None else last
            generated.append(int(logits.argmax()))
    rounded = [float(f"{x:.8g}") for x in last.tolist()]
    return {"text": text, "ids": ids, "logits_last": rounded, "greedy_ids": generated}


def token_strings() -> list[str]:
    """Odd strings first, then held-out paragraphs and questions of every domain."""
    tasks = ROOT / "bench" / "zoo" / "tasks"
    items = [json.loads(line) for line in (tasks / "text.dev.jsonl").read_text(encoding="utf-8").splitlines()]
    answers = [json.loads(line) for line in (tasks / "answers.dev.jsonl").read_text(encoding="utf-8").splitlines()]
    own = [item["text"] for item in items[:8]] + [item["prompt"] for item in answers]
    return (ODD_STRINGS + own)[:STRINGS]


def main() -> None:
    """Writes all fixtures."""
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for member in PLANS:
        codec = encoding.load(member)
        model = exported.load(member)
        written(FIXTURES / f"{member}.json", {"prompts": [golden(model, codec, text) for text in PROMPTS[member]]})
        cases = [{"text": text, "ids": codec.encode(text)} for text in token_strings()]
        written(FIXTURES / f"{member}-tokens.json", {"cases": cases})


if __name__ == "__main__":
    main()
