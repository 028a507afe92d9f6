"""Writes rows of weights in every stored type and what they are worth in float32.

    pip install gguf==0.19.0 numpy
    python bench/oracles/quantised_goldens.py Tests/Fixtures/quantised

For each type `NAME.bin` holds 6 rows of 256 numbers as stored and `NAME.f32` the same rows as the reference reads them.
"""
import pathlib
import sys

import gguf
import numpy as np

# Types the reference can write.
TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "MXFP4"]

# Types it only reads: where a block's half-precision scale lies, and that of the offset with what makes up for integers
# that are never negative.
READ_ONLY = {
    "Q2_K": (80, 82, 1.5), "Q3_K": (108, None, 0), "Q4_K": (0, 2, 7.5), "Q5_K": (0, 2, 15.5), "Q6_K": (208, None, 0),
    "IQ4_NL": (0, None, 0), "IQ4_XS": (0, None, 0),
}


def random_blocks(name, shape, deviation, generator):
    """Random bytes as rows of weights whose standard deviation is about `deviation`."""
    kind = gguf.GGMLQuantizationType[name]
    numbers, size = gguf.GGML_QUANT_SIZES[kind]
    scale_at, offset_at, ratio = READ_ONLY[name]
    blocks = generator.integers(0, 256, (shape[0] * shape[1] // numbers, size), dtype=np.uint8)

    def put(scale):
        scales = (scale * generator.uniform(0.5, 1.5, len(blocks))).astype("<f2")
        blocks[:, scale_at:scale_at + 2] = scales.view(np.uint8).reshape(-1, 2)
        if offset_at is not None:
            offsets = (scales * np.float16(ratio)).astype("<f2")
            blocks[:, offset_at:offset_at + 2] = offsets.view(np.uint8).reshape(-1, 2)

    put(1)
    put(deviation / gguf.quants.dequantize(blocks, kind).std())
    return blocks.reshape(shape[0], -1)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(11)
    # From denormal halves to large, both signs, and a row of zeros.
    rows = generator.standard_normal((6, 256)) * np.array([[1e-7], [1e-3], [1], [40], [3e4], [0]])
    rows = rows.clip(-65000, 65000).astype(np.float32)
    for name in TYPES + list(READ_ONLY):
        kind = gguf.GGMLQuantizationType[name]
        if name in READ_ONLY:
            stored = random_blocks(name, rows.shape, 1, generator)
        else:
            stored = gguf.quants.quantize(rows, kind)
        if name == "MXFP4":
            # Each kind of exponent: the two smallest are denormal floats, the next is the smallest normal one.
            stored = stored.copy()
            stored.reshape(-1, 17)[:5, 0] = [0, 1, 2, 3, 200]
        (folder / f"{name}.bin").write_bytes(stored.tobytes())
        (folder / f"{name}.f32").write_bytes(gguf.quants.dequantize(stored, kind).astype("<f4").tobytes())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
