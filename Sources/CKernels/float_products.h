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

/// Columns k..<k + 8 of four rows of a plain type, `row_bytes` apart, times C vectors.
INLINE void add_columns(ts_type type, int C, const uint8_t *rows, size_t row_bytes, size_t k, const float *x, size_t ldx,
                        f8 acc[4][FEW_VECTORS]) {
    f8 v[FEW_VECTORS];
    UNROLL for (int c = 0; c < C; c++) v[c] = load8(x + (size_t)c * ldx + k);
    UNROLL for (size_t r = 0; r < 4; r++) {
        const f8 weights = load_in_turn(type, rows + r * row_bytes, k);
        UNROLL for (int c = 0; c < C; c++) acc[r][c] = fma8(weights, v[c], acc[r][c]);
    }
}

/// Four rows of floats, BF16 or F16 times C vectors: y[c][r], with the sums of `rows_by_vector`.
INLINE void four_rows(ts_type type, int C, const uint8_t *w, size_t row_bytes, size_t K, const float *x, size_t ldx,
                      float (*y)[8]) {
    const size_t size = type == TS_F32 ? 4 : 2;
    f8 acc[4][FEW_VECTORS];
    UNROLL for (int r = 0; r < 4; r++) UNROLL for (int c = 0; c < C; c++) acc[r][c] = splat(0);
    size_t k = 0;
    for (; k + 32 <= K; k += 32) {
        UNROLL for (size_t r = 0; r < 4; r++)
            for (size_t line = 0; line < 32 * size; line += 64)
                __builtin_prefetch(w + r * row_bytes + k * size + AHEAD + line);
        UNROLL for (size_t j = 0; j < 32; j += 8) add_columns(type, C, w, row_bytes, k + j, x, ldx, acc);
    }
    for (size_t n; k < K; k += n) {
        n = K - k < 8 ? K - k : 8;
        f8 v[FEW_VECTORS];
        UNROLL for (int c = 0; c < C; c++) v[c] = load_n(x + (size_t)c * ldx + k, n);
        UNROLL for (size_t r = 0; r < 4; r++) {
            const f8 weights = load_weights_n(type, w + r * row_bytes, k, n);
            UNROLL for (int c = 0; c < C; c++) acc[r][c] = fma8(weights, v[c], acc[r][c]);
        }
    }
    UNROLL for (int c = 0; c < C; c++) {
        const f4 sums = sum8x4(acc[0][c], acc[1][c], acc[2][c], acc[3][c]);
        memcpy(y[c], &sums, sizeof sums);
    }
}

/// Eight rows times C vectors: y[c][r].
INLINE void eight_rows_by_vectors(ts_type type, int C, const uint8_t *w, size_t row_bytes, size_t K, const float *x,
                                  size_t ldx, float (*y)[8]) {
    if (C == 1) return rows_by_vector(type, 8, w, row_bytes, K, x, NULL, y[0]);
    four_rows(type, C, w, row_bytes, K, x, ldx, y);
    four_rows(type, C, w + 4 * row_bytes, row_bytes, K, x, ldx, (float (*)[8])(y[0] + 4));
}

/// Few vectors: eight rows at a time meet some of them as memory brings them, the others while they are near.
INLINE void multiply_few(ts_type type, const uint8_t *w, size_t row_bytes, ts_part rows, size_t K, const float *x,
                         size_t ldx, size_t m, const float *bias, float *y, size_t ldy) {
    const row_streams streams = streams_of(rows.all, row_bytes);
    for (size_t group = rows.first / 8; group < rows.end / 8; group++) {
        float sums[FEW_VECTORS][8];
        const eight_rows own = rows_of(&streams, group);
        const uint8_t *first = w + own.first * row_bytes;
        const size_t apart = own.apart * row_bytes;
        for (size_t c = 0, some; c < m; c += some) {
            some = is_plain(type) ? next_vectors(m - c, FEW_VECTORS) : 1;
            const float *xs = x + c * ldx;
            if (some == 3) eight_rows_by_vectors(type, 3, first, apart, K, xs, ldx, sums);
            else if (some == 2) eight_rows_by_vectors(type, 2, first, apart, K, xs, ldx, sums);
            else eight_rows_by_vectors(type, 1, first, apart, K, xs, ldx, sums);
            for (size_t v = 0; v < some; v++)
                for (size_t i = 0, to = own.first; i < 8; i++, to += own.apart)
                    y[(c + v) * ldy + to] = bias ? sums[v][i] + bias[to] : sums[v][i];
        }
    }
    for (size_t r = rows.all / 8 * 8; r < rows.all && rows.end == rows.all; r++)
        for (size_t c = 0; c < m; c++)
            rows_by_vector(type, 1, w + r * row_bytes, row_bytes, K, x + c * ldx, bias ? bias + r : NULL, y + c * ldy + r);
}

/// Vectors for which rows need not become panels, whose tiles are of twice as long vectors with AVX-512.
#ifdef TS_AVX512
#define NEAR_VECTORS 6
#else
#define NEAR_VECTORS 10
#endif

#include "packed_products.h"
#include "float_tiles.h"
#include "float_panels.h"

static void multiply(ts_type type, const void *weights, size_t row_bytes, ts_part rows, size_t K, const float *x,
                     size_t ldx, size_t m, const float *bias, float *y, size_t ldy) {
    const uint8_t *w = weights;
    switch (type) {
        // One vector is by far the most frequent, and has loops of its own.
#define FEW(NAME)                                                                                     \
    case NAME:                                                                                        \
        if (m == 1) return multiply_few(NAME, w, row_bytes, rows, K, x, ldx, 1, bias, y, ldy);        \
        if (is_plain(NAME) && m <= NEAR_VECTORS)                                                      \
            return multiply_few(NAME, w, row_bytes, rows, K, x, ldx, m, bias, y, ldy);                \
        break;
#define FEW_OF_BLOCKS(NAME, COUNT, BYTES) FEW(NAME)
        FEW(TS_F32) FEW(TS_F16) FEW(TS_BF16) FEW(TS_Q8_0) EACH_PACKED(FEW_OF_BLOCKS)
#undef FEW_OF_BLOCKS
#undef FEW
    }
    const row_source source = {type, w + rows.first * row_bytes, row_bytes, NULL, 0, rows.end - rows.first, K};
    multiply_rows(&source, x, ldx, m, bias ? bias + rows.first : NULL, y + rows.first, ldy);
}

static void multiply_packed(const ts_packed *p, size_t row, size_t rows, const float *x, size_t ldx, size_t m,
                            const float *bias, float *y, size_t ldy) {
    if (m <= FEW_PACKED) return multiply_few_packed(p, row, rows, x, ldx, m, bias, y, ldy);
    const row_source source = {TS_BF16, NULL, 0, p, row, rows, p->columns};
    multiply_rows(&source, x, ldx, m, bias, y, ldy);
}
