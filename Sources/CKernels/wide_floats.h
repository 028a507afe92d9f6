// Vectors of 512 bits, and tiles of floats in them. Part of kernels_body.h, with TS_AVX512.
//
// A register holds the eight partial sums of two rows, so that each output is summed in the order that it has elsewhere.

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

/// Rows and vectors of a tile.
#define FLOAT_ROWS 8
#define FLOAT_VECTORS 6

/// Puts 8 · `eights` numbers in the panel, whose rows come in pairs: eight numbers of a row, then eight of the other.
INLINE void place_floats(const float *numbers, size_t eights, uint8_t *panel, size_t row_bytes, size_t row) {
    float *out = (float *)(panel + row / 2 * 2 * row_bytes) + row % 2 * 8;
    for (size_t k = 0; k < 8 * eights; k += 8) store8(out + 2 * k, load8(numbers + k));
}

/// Adds eight products of every row and vector.
INLINE void add_wide(int C, const uint8_t *pairs, size_t row_bytes, const f16v *v, f16v acc[][FLOAT_VECTORS]) {
    UNROLL for (size_t p = 0; p < FLOAT_ROWS / 2; p++) {
        f16v weights = load_wide(pairs + 2 * p * row_bytes);
        UNROLL for (int c = 0; c < C; c++) acc[p][c] = fma_wide(weights, v[c], acc[p][c]);
    }
}

/// FLOAT_ROWS rows of a panel of floats times C vectors of n numbers: lanes to `sums`, `stride` for each vector, where they
/// begin unless `is_first`. Past n rows have zeros.
INLINE void float_tile(panel_kind kind, int C, const uint8_t *rows, size_t row_bytes, size_t n, const float *x,
                      size_t ldx, int is_first, f8 *sums, size_t stride) {
    (void)kind;
    f16v acc[FLOAT_ROWS / 2][FLOAT_VECTORS], v[FLOAT_VECTORS];
    UNROLL for (size_t p = 0; p < FLOAT_ROWS / 2; p++)
        UNROLL for (int c = 0; c < C; c++)
            acc[p][c] = is_first ? splat_wide(0) : load_wide(sums + (size_t)c * stride + 2 * p);
    size_t k = 0;
    for (; k + 8 <= n; k += 8) {
        UNROLL for (int c = 0; c < C; c++) v[c] = twice(load8(x + (size_t)c * ldx + k));
        add_wide(C, rows + 8 * k, row_bytes, v, acc);
    }
    if (k < n) {
        UNROLL for (int c = 0; c < C; c++) v[c] = twice(load_n(x + (size_t)c * ldx + k, n - k));
        add_wide(C, rows + 8 * k, row_bytes, v, acc);
    }
    UNROLL for (size_t p = 0; p < FLOAT_ROWS / 2; p++)
        UNROLL for (int c = 0; c < C; c++)
            memcpy(sums + (size_t)c * stride + 2 * p, &acc[p][c], sizeof acc[p][c]);
}
