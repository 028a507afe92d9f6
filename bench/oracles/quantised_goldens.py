"""Writes rows of weights in every stored type and what they are worth in float32.

    pip install gguf==0.19.0 numpy
    python bench/oracles/quantised_goldens.py Tests/Fixtures/quantised

For each type `NAME.bin` holds 6 rows of 256 numbers as stored and `NAME.f32` the same rows as the reference reads them.
"""
import pathlib
import sys

import gguf
import numpy as np

TYPES = ["F32", "F16", "BF16", "Q8_0"]


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(11)
    # From denormal halves to large, both signs, and a row of zeros.
    rows = generator.standard_normal((6, 256)) * np.array([[1e-7], [1e-3], [1], [40], [3e4], [0]])
    rows = rows.clip(-65000, 65000).astype(np.float32)
    for name in TYPES:
        kind = gguf.GGMLQuantizationType[name]
        stored = gguf.quants.quantize(rows, kind)
        (folder / f"{name}.bin").write_bytes(stored.tobytes())
        (folder / f"{name}.f32").write_bytes(gguf.quants.dequantize(stored, kind).astype("<f4").tobytes())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
