"""Q4_K and Q6_K of float32 rows: the plain way, each scale from its numbers' range, without the search for better ones
that llama.cpp adds. The layout is ggml's, so that files are read alike; the numbers are a little worse.
"""
import numpy as np


def _half(x):
    return x.astype("<f2")


def _bytes(x):
    return x.view(np.uint8).reshape(len(x), -1)


def q4_k(rows):
    """[n, 256·k] → uint8 [n, 144·k]: eight groups of 32, w = d·s·q − e·m with q of 4 bits, s and m of 6."""
    groups = rows.reshape(-1, 8, 32)
    low = np.minimum(groups.min(2), 0)
    step = (groups.max(2) - low) / 15
    d, e = _half(step.max(1) / 63), _half((-low).max(1) / 63)

    def sixths(x, scale):
        scale = scale.astype(np.float32)[:, None]
        return np.where(scale > 0, np.rint(x / np.where(scale > 0, scale, 1)), 0).clip(0, 63).astype(np.uint8)

    s, m = sixths(step, d), sixths(-low, e)
    width = (d.astype(np.float32)[:, None] * s)[..., None]
    offset = (e.astype(np.float32)[:, None] * m)[..., None]
    q = np.where(width > 0, np.rint((groups + offset) / np.where(width > 0, width, 1)), 0).clip(0, 15).astype(np.uint8)
    scales = np.concatenate(
        [s[:, :4] | (s[:, 4:] >> 4) << 6, m[:, :4] | (m[:, 4:] >> 4) << 6, s[:, 4:] & 15 | (m[:, 4:] & 15) << 4], 1)
    pairs = q.reshape(-1, 4, 2, 32)
    nibbles = (pairs[:, :, 0] | pairs[:, :, 1] << 4).reshape(-1, 128)
    return np.concatenate([_bytes(d), _bytes(e), scales, nibbles], 1).reshape(len(rows), -1)


def q6_k(rows):
    """[n, 256·k] → uint8 [n, 210·k]: sixteen groups of 16, w = d·s·(q − 32) with q of 6 bits, s of 8 with sign."""
    groups = rows.reshape(-1, 16, 16)
    step = np.abs(groups).max(2) / 31
    d = _half(step.max(1) / 127)
    unit = d.astype(np.float32)[:, None]
    s = np.where(unit > 0, np.rint(step / np.where(unit > 0, unit, 1)), 0).clip(0, 127).astype(np.int8)
    width = (unit * s)[..., None]
    q = np.where(width > 0, np.rint(groups / np.where(width > 0, width, 1)), 0).clip(-32, 31).astype(np.int16) + 32
    # Each half of 128: numbers 0..31, 32..63, 64..95 and 96..127 share bytes.
    q = q.astype(np.uint8).reshape(-1, 2, 4, 32)
    low = np.concatenate([q[:, :, 0] & 15 | (q[:, :, 2] & 15) << 4, q[:, :, 1] & 15 | (q[:, :, 3] & 15) << 4], 2)
    high = q[:, :, 0] >> 4 | (q[:, :, 1] >> 4) << 2 | (q[:, :, 2] >> 4) << 4 | (q[:, :, 3] >> 4) << 6
    return np.concatenate(
        [low.reshape(-1, 128), high.reshape(-1, 64), s.view(np.uint8), _bytes(d)], 1).reshape(len(rows), -1)
