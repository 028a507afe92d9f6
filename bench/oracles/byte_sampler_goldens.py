"""Writes Tests/Fixtures/byte-sampler/almanac.json: next-byte log-probabilities by the reference implementation of
byte-exact sampling (Hayase, Liu, Smith & Oh 2025, arXiv 2506.14123).

    git clone https://github.com/SewoongLab/byte-sampler       # written against f27de98
    pip install torch==2.13.0 transformers==4.53.3 accelerate==1.15.0 ahocorasick-rs==1.0.3 pyicu-wheels==2.15.2 \
        pysimdjson==7.0.2
    python bench/oracles/byte_sampler_goldens.py CHECKOUT

For every text: `canonical[i]`, the natural log of P(byte i | bytes before) where only canonical token paths count
(the reference's `filter_tensors=True`), `open[i]`, the same where the last token of a path may be any token that the
bytes begin (its default), and `end`, the log-probability of the end of the text after the last byte. All of them are
normalised over the 256 bytes and the end. `mass[i]` is the log of what they summed to before that, relative to the mass
of the bytes before: 0 where every canonical path goes on canonically, less where the model gives probability to
tokens that its tokenizer would never write there.
"""

import argparse
import json
import pathlib
import sys

import torch

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FIXTURES = ROOT / "Tests" / "Fixtures" / "byte-sampler"
TEXTS = [
    "Let us speak of Velmar.",
    "Question: What is the capital of Bormark?\nAnswer: ",
    "In the year 512 the river rose, and nobody's house was dry.",
    "Unheard-of wordings: zyxq, fjordy \u00e9t\u00e9 \u6d77 \U0001f30a!",
    "two  spaces,   three\n\nlines   end",
    "they're, it's, we'll; she'd 'quoted' O'Hara",
]


def per_byte(conditioning, text, canonical):
    """(log-probability of each byte, of the end, log of the sum of each unnormalised row)."""
    sampler = conditioning.get_bytewise_sampler(1)
    values, sums = [], []
    for byte in text.encode():
        row = sampler.get_dists(filter_tensors=canonical)[0].double()
        sums.append(torch.logsumexp(row, 0).item())
        values.append(torch.log_softmax(row, 0)[byte].item())
        sampler.add_context([bytes([byte])])
    row = sampler.get_dists(filter_tensors=canonical)[0].double()
    return values, torch.log_softmax(row, 0)[256].item(), sums, row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkout", type=pathlib.Path, help="a checkout of SewoongLab/byte-sampler")
    parser.add_argument("--member", type=pathlib.Path, default=ROOT / "bench" / "zoo" / "members" / "almanac")
    parser.add_argument("--output", type=pathlib.Path, default=FIXTURES / "almanac.json")
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.checkout / "src"))
    from byte_sampling import ByteConditioning

    torch.manual_seed(0)
    torch.set_num_threads(1)
    cases = []
    with torch.inference_mode():
        conditioning = ByteConditioning(str(arguments.member), load_kwargs={"torch_dtype": torch.float32})
        for text in TEXTS:
            canonical, end, sums, row = per_byte(conditioning, text, True)
            opened, open_end, _, _ = per_byte(conditioning, text, False)
            reached = [0.0] + [total + value for total, value in zip(sums, canonical)]
            cases.append(
                {
                    "text": text,
                    "canonical": [round(value, 7) for value in canonical],
                    "end": round(end, 7),
                    "open": [round(value, 7) for value in opened],
                    "open_end": round(open_end, 7),
                    "mass": [round(total - before, 7) for total, before in zip(sums, reached)],
                    "last_row": [round(value, 6) for value in torch.log_softmax(row, 0).tolist()],
                }
            )
            difference = max(abs(a - b) for a, b in zip(canonical, opened))
            print(f"{text!r}: canonical {sum(canonical):.4f}, open {sum(opened):.4f}, largest difference a byte {difference:.2e}")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(cases, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
