"""Short answers: what each member generates, and which of all those candidates a mixture finds most probable.

A stand-in for token-by-token generation from the mixture, which the engine does and this does not: the members' beams
propose, the pool of joint segments decides.
"""

import numpy
import torch

import encoding
import segments

BEAMS = 3
LONGEST = 28


def propose(model: torch.nn.Module, member: str, prompts: list[str]) -> list[list[str]]:
    """For each prompt the member's most probable answers up to the line break, best first."""
    codec = encoding.load(member)
    line_break = codec.encode("\n")[-1]
    by_length: dict[int, list[int]] = {}
    encoded = [[codec.bos, *codec.encode(prompt)] for prompt in prompts]
    for index, ids in enumerate(encoded):
        by_length.setdefault(len(ids), []).append(index)
    answers: list[list[str]] = [[] for _ in prompts]
    for length, indices in by_length.items():
        ids = torch.tensor([encoded[index] for index in indices])
        with torch.no_grad():
            output = model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                do_sample=False,
                num_beams=BEAMS,
                num_return_sequences=BEAMS,
                max_new_tokens=LONGEST,
                eos_token_id=line_break,
                pad_token_id=line_break,
            )
        for row, sequence in enumerate(output.tolist()):
            index = indices[row // BEAMS]
            text = codec.decode(encoded[index][1:] + sequence[length:])
            answers[index].append(text[len(prompts[index]) :].split("\n")[0])
    return answers


def right_answers(models: dict[str, torch.nn.Module], items: list[dict], weighted: dict[str, numpy.ndarray]) -> dict:
    """Whether the answer is right, per item: each member by its own best beam, mixtures by reranking all beams."""
    prompts = [item["prompt"] for item in items]
    proposals = {name: propose(model, name, prompts) for name, model in models.items()}
    pools = [sorted({text for answers in proposals.values() for text in answers[index]}) for index in range(len(items))]
    texts = [prompt + text + "\n" for prompt, pool in zip(prompts, pools) for text in pool]
    starts = [len(prompt.encode()) for prompt, pool in zip(prompts, pools) for _ in pool]
    scores = iter(segments.joint_scores(models, texts, starts))
    by_item = [[next(scores) for _ in pool] for pool in pools]
    right = {}
    for name, weights in weighted.items():
        if name in models:
            chosen = [answers[0] for answers in proposals[name]]
        else:
            best = [int(numpy.argmax([segments.mixture(score, weights) for score in item])) for item in by_item]
            chosen = [pool[index] for pool, index in zip(pools, best)]
        right[name] = numpy.array([text.strip() == item["answer"] for text, item in zip(chosen, items)])
    return right
