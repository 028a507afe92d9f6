"""Tokens a second of llama.cpp, the library inside the wheel of `xllamacpp`, measured as `tokenswarm bench` measures.

    pip install xllamacpp==2026.10.11549 numpy
    python bench/peers/llamacpp_engine.py MODEL.gguf --threads 2 [-p 512] [-n 128] [-b 16] [-r 3]

Prints one JSON object: test → tokens a second, one a repetition. `pp` is one batch of so many tokens with logits after
the last; `tg` so many tokens one at a time; `b16` as many in each of 16 sequences, one token of each a step. Weights are
repacked at load where llama.cpp does so, K and V are F16, flash attention is its own choice: what llama-bench does.
The wheel picks its kernels at run time, AVX2 at most: on a processor with AVX-512 a build of one's own is faster, and
`compare.py --llama-bench` takes one.
"""
import argparse
import ctypes
import json
import pathlib
import sys
import time

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "oracles"))
import llamacpp  # noqa: E402
from llamacpp import LIBRARY, Batch  # noqa: E402

LIBRARY.llama_get_memory.restype = ctypes.c_void_p
LIBRARY.llama_get_memory.argtypes = [ctypes.c_void_p]
LIBRARY.llama_memory_clear.restype = None
LIBRARY.llama_memory_clear.argtypes = [ctypes.c_void_p, ctypes.c_bool]


class Engine:
    def __init__(self, path, threads, tokens, sequences):
        parameters = LIBRARY.llama_model_default_params()
        self.model = LIBRARY.llama_model_load_from_file(str(path).encode(), parameters)
        if not self.model:
            sys.exit(f"llama.cpp does not load {path}")
        self.vocabulary = LIBRARY.llama_vocab_n_tokens(LIBRARY.llama_model_get_vocab(self.model))
        parameters = LIBRARY.llama_context_default_params()
        # n_ctx, n_batch, n_ubatch, n_seq_max; then the threads of one token and of a batch.
        words = numpy.frombuffer(parameters.bytes, numpy.int32)
        words[0], words[1], words[2], words[3] = tokens * sequences, max(tokens, 512), 512, sequences
        words[7] = words[8] = threads
        self.context = LIBRARY.llama_init_from_model(self.model, parameters)
        if not self.context:
            sys.exit(f"llama.cpp gives no context for {path}")

    def decode(self, ids, positions=None, sequences=None):
        count = len(ids)
        batch = Batch(count, (ctypes.c_int32 * count)(*ids), None, None, None, None, None)
        if sequences is not None:
            self.places = (ctypes.c_int32 * count)(*positions)
            self.counts = (ctypes.c_int32 * count)(*([1] * count))
            self.numbers = [ctypes.c_int32(number) for number in sequences]
            self.owners = (ctypes.c_void_p * count)(*(ctypes.addressof(number) for number in self.numbers))
            self.wanted = (ctypes.c_int8 * count)(*([1] * count))
            batch.pos = ctypes.cast(self.places, ctypes.c_void_p)
            batch.n_seq_id = ctypes.cast(self.counts, ctypes.c_void_p)
            batch.seq_id = ctypes.cast(self.owners, ctypes.c_void_p)
            batch.logits = self.wanted
        if LIBRARY.llama_decode(self.context, batch) != 0:
            sys.exit("llama.cpp does not decode")
        LIBRARY.llama_get_logits_ith(self.context, -1)

    def seconds(self, test, ids, sequences):
        LIBRARY.llama_memory_clear(LIBRARY.llama_get_memory(self.context), True)
        start = time.perf_counter()
        if test == "pp":
            self.decode(ids)
        elif test == "tg":
            for token in ids:
                self.decode([token])
        else:
            for place, token in enumerate(ids):
                self.decode([token] * sequences, [place] * sequences, range(sequences))
        return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-p", type=int, default=512)
    parser.add_argument("-n", type=int, default=128)
    parser.add_argument("-b", type=int, default=0, help="sequences decoded together; 0 leaves the test out")
    parser.add_argument("-r", type=int, default=3)
    options = parser.parse_args()
    engine = Engine(options.model, options.threads, max(options.p, options.n, 64), max(1, options.b))
    numbers = numpy.random.default_rng(1)
    results = {}
    for test, count, sequences in [("pp", options.p, 1), ("tg", options.n, 1), ("b", options.n, options.b)]:
        if count == 0 or sequences == 0:
            continue
        ids = [int(token) for token in numbers.integers(0, engine.vocabulary * 9 // 10, count)]
        engine.seconds(test, ids if test == "pp" else ids[:4], sequences)
        name = f"b{sequences}" if test == "b" else f"{test}{count}"
        results[name] = [count * sequences / engine.seconds(test, ids, sequences) for _ in range(options.r)]
    print(json.dumps(results))


if __name__ == "__main__":
    main()
