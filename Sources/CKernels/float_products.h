// Products of weights, turned into floats as they are read, with vectors of floats. Part of kernels_body.h.

/// R rows times one vector. One 8-lane accumulator an output, along k: whatever R, an output's order of additions is the
/// same, and that of `float_tile`.
INLINE void rows_by_vector(ts_type type, int R, const uint8_t *w, size_t row_bytes, size_t K, const float *x,
                           const float *bias, float *y) {
    f8 acc[8];
    UNROLL for (int r = 0; r < R; r++) acc[r] = splat(0);
    size_t k = 0;
    if (packed_block(type)) {
        // A block at a time through a small scratch. Short blocks stay in registers if each row finishes its own; long
        // ones gain from R sums side by side.
        float numbers[R][LARGEST_BLOCK];
        const uint8_t *b = w;
        for (; k < K; k += packed_block(type), b += packed_bytes(type)) {
            for (int r = 0; r < R; r++) {
                dequantise_block(type, b + r * row_bytes, numbers[r]);
                if (packed_block(type) > 32) continue;
                UNROLL for (size_t j = 0; j < 32; j += 8) acc[r] = fma8(load8(numbers[r] + j), load8(x + k + j), acc[r]);
            }
            for (size_t j = 0; packed_block(type) > 32 && j < packed_block(type); j += 8) {
                f8 v = load8(x + k + j);
                UNROLL for (int r = 0; r < R; r++) acc[r] = fma8(load8(numbers[r] + j), v, acc[r]);
            }
        }
    }
    if (type == TS_Q8_0) {
        // A block at a time, so that its scale is read once.
        for (; k + 32 <= K; k += 32) {
            UNROLL for (int j = 0; j < 32; j += 8) {
                f8 v = load8(x + k + j);
                UNROLL for (int r = 0; r < R; r++)
                    acc[r] = fma8(load_weights(type, w + r * row_bytes, k + j), v, acc[r]);
            }
        }
    }
    if (!packed_block(type) && R == 8) {
        // One vector waits for memory, which is asked for ahead, a line at a time.
        const size_t size = type == TS_F32 ? 4 : 2;
        for (; k + 32 <= K; k += 32) {
            UNROLL for (int r = 0; r < R; r++) {
                for (size_t line = 0; line < 32 * size; line += 64)
                    __builtin_prefetch(w + r * row_bytes + k * size + AHEAD + line);
            }
            UNROLL for (size_t j = 0; j < 32; j += 8) {
                f8 v = load8(x + k + j);
                UNROLL for (int r = 0; r < R; r++)
                    acc[r] = fma8(load_weights(type, w + r * row_bytes, k + j), v, acc[r]);
            }
        }
    }
    for (; k + 8 <= K; k += 8) {
        f8 v = load8(x + k);
        UNROLL for (int r = 0; r < R; r++) acc[r] = fma8(load_weights(type, w + r * row_bytes, k), v, acc[r]);
    }
    if (k < K) {
        f8 v = load_n(x + k, K - k);
        UNROLL for (int r = 0; r < R; r++) acc[r] = fma8(load_weights_n(type, w + r * row_bytes, k, K - k), v, acc[r]);
    }
    if (R == 8) {
        store8(y, sum8x8(acc));
    } else {
        y[0] = sum8(acc[0]);
    }
    for (int r = 0; bias && r < R; r++) y[r] += bias[r];
}

/// One vector: eight rows at a time.
INLINE void multiply_vector(ts_type type, const uint8_t *w, size_t row_bytes, ts_part rows, size_t K, const float *x,
                            const float *bias, float *y) {
    const row_streams streams = streams_of(rows.all, row_bytes);
    for (size_t group = rows.first / 8; group < rows.end / 8; group++) {
        const eight_rows own = rows_of(&streams, group);
        float sums[8];
        rows_by_vector(type, 8, w + own.first * row_bytes, own.apart * row_bytes, K, x, NULL, sums);
        for (size_t i = 0, to = own.first; i < 8; i++, to += own.apart) y[to] = bias ? sums[i] + bias[to] : sums[i];
    }
    for (size_t r = rows.all / 8 * 8; r < rows.all && rows.end == rows.all; r++)
        rows_by_vector(type, 1, w + r * row_bytes, row_bytes, K, x, bias ? bias + r : NULL, y + r);
}

#include "packed_products.h"
#include "float_tiles.h"
#include "float_panels.h"

static void multiply(ts_type type, const void *weights, size_t row_bytes, ts_part rows, size_t K, const float *x,
                     size_t ldx, size_t m, const float *bias, float *y, size_t ldy) {
    const uint8_t *w = weights;
    if (m == 1) {
        switch (type) {
        case TS_F32: return multiply_vector(TS_F32, w, row_bytes, rows, K, x, bias, y);
        case TS_F16: return multiply_vector(TS_F16, w, row_bytes, rows, K, x, bias, y);
        case TS_BF16: return multiply_vector(TS_BF16, w, row_bytes, rows, K, x, bias, y);
        case TS_Q8_0: return multiply_vector(TS_Q8_0, w, row_bytes, rows, K, x, bias, y);
#define VECTOR(NAME, COUNT, BYTES) \
    case NAME: return multiply_vector(NAME, w, row_bytes, rows, K, x, bias, y);
            EACH_PACKED(VECTOR)
#undef VECTOR
        }
    }
    const row_source source = {type, w + rows.first * row_bytes, row_bytes, NULL, 0, rows.end - rows.first, K};
    multiply_rows(&source, x, ldx, m, bias ? bias + rows.first : NULL, y + rows.first, ldy);
}

static void multiply_packed(const ts_packed *p, size_t row, size_t rows, const float *x, size_t ldx, size_t m,
                            const float *bias, float *y, size_t ldy) {
    if (m == 1) return multiply_packed_vector(p, row, rows, x, bias, y);
    const row_source source = {TS_BF16, NULL, 0, p, row, rows, p->columns};
    multiply_rows(&source, x, ldx, m, bias, y, ldy);
}
