"""Tokens a second of transformers with torch on the CPU, measured as `tokenswarm bench` measures.

    pip install torch==2.13.0 transformers==4.57.6
    python bench/peers/torch_engine.py FOLDER --dtype bfloat16 --threads 2 [-p 512] [-n 128] [-r 3]

Prints one JSON object: test → tokens a second. `pp` keeps the logits after the last token only, `score` turns those of
every position into log-probabilities of the next token, `tg` generates with the KV cache.
"""
import argparse
import json
import time

import torch
from transformers import AutoModelForCausalLM


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--dtype", default="bfloat16", choices=["bfloat16", "float32"])
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-p", type=int, default=512)
    parser.add_argument("-n", type=int, default=128)
    parser.add_argument("-r", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model = AutoModelForCausalLM.from_pretrained(options.model, dtype=getattr(torch, options.dtype)).eval()
    torch.manual_seed(1)

    def ids(count):
        return torch.randint(0, model.config.vocab_size * 9 // 10, (1, count))

    def prompt(tokens):
        model(tokens, logits_to_keep=1)

    def score(tokens):
        logits = model(tokens).logits[0, :-1]
        torch.log_softmax(logits.float(), -1).gather(-1, tokens[0, 1:, None]).sum().item()

    def generate(tokens):
        cache = None
        for token in tokens[0]:
            cache = model(token.view(1, 1), past_key_values=cache, use_cache=True).past_key_values

    results = {}
    with torch.inference_mode():
        for name, run, count in [("pp", prompt, options.p), ("score", score, options.p), ("tg", generate, options.n)]:
            if count == 0:
                continue
            run(ids(min(count, 8) if name == "tg" else count))
            results[f"{name}{count}"] = []
            for _ in range(options.r):
                tokens = ids(count)
                start = time.perf_counter()
                run(tokens)
                results[f"{name}{count}"].append(count / (time.perf_counter() - start))
    print(json.dumps(results))


if __name__ == "__main__":
    main()
