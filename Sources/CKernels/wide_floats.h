// Vectors of 512 bits, and products of several vectors with floats in them. Part of kernels_body.h, with TS_AVX512.
//
// A register holds the eight partial sums of two rows, so that each output is summed in the order that `tile` has.

typedef float f16v __attribute__((vector_size(64)));
typedef int32_t i16v __attribute__((vector_size(64)));
typedef uint8_t ub64 __attribute__((vector_size(64)));

INLINE f16v load_wide(const void *p) {
    f16v v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE f16v splat_wide(float x) { return (f16v){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

INLINE f16v twice(f8 v) {
    return __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7);
}

INLINE f8 low_half(f16v v) { return __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7); }
INLINE f8 high_half(f16v v) { return __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15); }

INLINE f16v fma_wide(f16v a, f16v b, f16v c) { return __builtin_elementwise_fma(a, b, c); }

/// Rows that are multiplied together, in pairs, and the vectors that they are multiplied by.
#define WIDE_ROWS 8
#define WIDE_VECTORS 6

/// Adds eight products of every row and vector. `pairs` holds the rows in pairs: eight numbers of a row, then eight of
/// the other, `width` of each, a multiple of 8.
INLINE void add_wide(int C, const float *pairs, size_t width, const f16v *v, f16v acc[][WIDE_VECTORS]) {
    UNROLL for (int p = 0; p < WIDE_ROWS / 2; p++) {
        f16v weights = load_wide(pairs + 2 * (size_t)p * width);
        UNROLL for (int c = 0; c < C; c++) acc[p][c] = fma_wide(weights, v[c], acc[p][c]);
    }
}

INLINE void wide_float_tile(int C, const float *pairs, size_t width, size_t K, const float *x, size_t ldx,
                            const float *bias, float *y, size_t ldy) {
    f16v acc[WIDE_ROWS / 2][WIDE_VECTORS], v[WIDE_VECTORS];
    UNROLL for (int p = 0; p < WIDE_ROWS / 2; p++) UNROLL for (int c = 0; c < C; c++) acc[p][c] = splat_wide(0);
    size_t k = 0;
    for (; k + 8 <= K; k += 8) {
        UNROLL for (int c = 0; c < C; c++) v[c] = twice(load8(x + (size_t)c * ldx + k));
        add_wide(C, pairs + 2 * k, width, v, acc);
    }
    if (k < K) {
        UNROLL for (int c = 0; c < C; c++) v[c] = twice(load_n(x + (size_t)c * ldx + k, K - k));
        add_wide(C, pairs + 2 * k, width, v, acc);
    }
    UNROLL for (int c = 0; c < C; c++) {
        UNROLL for (int p = 0; p < WIDE_ROWS / 2; p += 2) {
            f4 s = sum8x4(low_half(acc[p][c]), high_half(acc[p][c]), low_half(acc[p + 1][c]), high_half(acc[p + 1][c]));
            if (bias) {
                f4 b;
                memcpy(&b, bias + 2 * p, sizeof b);
                s += b;
            }
            memcpy(y + (size_t)c * ldy + 2 * p, &s, sizeof s);
        }
    }
}

static void dequantise_packed(const ts_packed *p, size_t row, float *out);

/// As many rows as are whole groups times all m vectors: rows at `w`, or those of `packed` from `first` on where it is
/// not NULL. Returns their number.
static size_t wide_multiply(ts_type type, const uint8_t *w, size_t row_bytes, const ts_packed *packed, size_t first,
                            size_t rows, size_t K, const float *x, size_t ldx, size_t m, const float *bias, float *y,
                            size_t ldy) {
    const size_t width = (K + 7) / 8 * 8;
    float *pairs = aligned_alloc(64, padded(width * (WIDE_ROWS + 1) * sizeof(float)));
    if (!pairs) abort();
    float *row = pairs + WIDE_ROWS * width;
    memset(row, 0, width * sizeof(float));
    const size_t whole = rows / WIDE_ROWS * WIDE_ROWS;
    for (size_t r = 0; r < whole; r += WIDE_ROWS) {
        for (size_t i = 0; i < WIDE_ROWS; i++) {
            if (packed) dequantise_packed(packed, first + r + i, row);
            else dequantise(type, w + (r + i) * row_bytes, K, row);
            float *out = pairs + i / 2 * 2 * width + i % 2 * 8;
            for (size_t k = 0; k < width; k += 8) store8(out + 2 * k, load8(row + k));
        }
        const float *b = bias ? bias + r : NULL;
        for (size_t c = 0; c < m;) {
            const float *xs = x + c * ldx;
            float *ys = y + c * ldy + r;
            switch (m - c) {
#define VECTORS(C) \
    case C: wide_float_tile(C, pairs, width, K, xs, ldx, b, ys, ldy); break;
                VECTORS(1) VECTORS(2) VECTORS(3) VECTORS(4) VECTORS(5)
#undef VECTORS
            default: wide_float_tile(WIDE_VECTORS, pairs, width, K, xs, ldx, b, ys, ldy);
            }
            c += m - c < WIDE_VECTORS ? m - c : WIDE_VECTORS;
        }
    }
    free(pairs);
    return whole;
}
