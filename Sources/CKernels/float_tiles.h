// A few rows times a few vectors, and the sums of their lanes. Part of kernels_body.h.

/// What a tile reads: floats, or numbers as stored.
typedef enum { OF_FLOATS, OF_BF16, OF_F16, PANEL_KINDS } panel_kind;

#ifdef TS_AVX512
#include "wide_floats.h"
#else

/// Rows and vectors of a tile, those of `add_columns`.
#define FLOAT_ROWS 4
#define FLOAT_VECTORS FEW_VECTORS

/// FLOAT_ROWS rows of a panel, `row_bytes` apart, times C vectors of n numbers: lanes to `sums`, `stride` for each vector,
/// where they begin unless `is_first`. Rows of floats have zeros past n; for others n is a multiple of 8.
INLINE void float_tile(panel_kind kind, int C, const uint8_t *rows, size_t row_bytes, size_t n, const float *x,
                      size_t ldx, int is_first, f8 *sums, size_t stride) {
    f8 acc[FLOAT_ROWS][FLOAT_VECTORS];
    UNROLL for (int r = 0; r < FLOAT_ROWS; r++)
        UNROLL for (int c = 0; c < C; c++) acc[r][c] = is_first ? splat(0) : sums[(size_t)c * stride + r];
    size_t k = 0;
    const ts_type type = kind == OF_FLOATS ? TS_F32 : kind == OF_F16 ? TS_F16 : TS_BF16;
#define STEPS for (; k + 8 <= n; k += 8) add_columns(type, C, rows, row_bytes, k, x, ldx, acc)
    // A loop of few rounds ends where the processor expects it to. Two steps' numbers of BF16 would not fit into the
    // registers.
    if (kind == OF_BF16) {
        _Pragma("clang loop unroll(disable)") STEPS;
    } else {
        _Pragma("clang loop unroll_count(8)") STEPS;
    }
#undef STEPS
    if (kind == OF_FLOATS && k < n) {
        f8 v[FLOAT_VECTORS];
        UNROLL for (int c = 0; c < C; c++) v[c] = load_n(x + (size_t)c * ldx + k, n - k);
        UNROLL for (int r = 0; r < FLOAT_ROWS; r++) {
            f8 weights = load8(rows + (size_t)r * row_bytes + 4 * k);
            UNROLL for (int c = 0; c < C; c++) acc[r][c] = fma8(weights, v[c], acc[r][c]);
        }
    }
    UNROLL for (int r = 0; r < FLOAT_ROWS; r++)
        UNROLL for (int c = 0; c < C; c++) sums[(size_t)c * stride + r] = acc[r][c];
}
#endif

typedef void tile_function(const uint8_t *rows, size_t row_bytes, size_t n, const float *x, size_t ldx, int is_first,
                           f8 *sums, size_t stride);

// In functions of their own, they have all registers.
#define TILE(KIND, C)                                                                                               \
    static __attribute__((noinline)) void tile_##KIND##_##C(                                                        \
        const uint8_t *rows, size_t row_bytes, size_t n, const float *x, size_t ldx, int is_first, f8 *sums,        \
        size_t stride) {                                                                                            \
        if (is_first) float_tile(KIND, C, rows, row_bytes, n, x, ldx, 1, sums, stride);                             \
        else float_tile(KIND, C, rows, row_bytes, n, x, ldx, 0, sums, stride);                                      \
    }
#define TILES_OF(KIND) TILE(KIND, 1) TILE(KIND, 2) TILE(KIND, 3)
TILES_OF(OF_FLOATS)
#ifdef TS_AVX512
TILE(OF_FLOATS, 4) TILE(OF_FLOATS, 5) TILE(OF_FLOATS, 6)
/// By what they read and the number of vectors less one.
static tile_function *const tiles[PANEL_KINDS][FLOAT_VECTORS] = {
    [OF_FLOATS] = {tile_OF_FLOATS_1, tile_OF_FLOATS_2, tile_OF_FLOATS_3, tile_OF_FLOATS_4, tile_OF_FLOATS_5,
                   tile_OF_FLOATS_6}};
#else
TILES_OF(OF_BF16) TILES_OF(OF_F16)
#define TILES(KIND) [KIND] = {tile_##KIND##_1, tile_##KIND##_2, tile_##KIND##_3}
/// By what they read and the number of vectors less one.
static tile_function *const tiles[PANEL_KINDS][FLOAT_VECTORS] = {
    TILES(OF_FLOATS), TILES(OF_BF16), TILES(OF_F16)};
#undef TILES
#endif
#undef TILES_OF
#undef TILE

/// Adds up the lanes of `rows` rows by one vector.
INLINE void finish_sums(const f8 *sums, size_t rows, const float *bias, float *y) {
    size_t r = 0;
    for (; r + 8 <= rows; r += 8) {
        const f8 sum = sum8x8(sums + r);
        store8(y + r, bias ? sum + load8(bias + r) : sum);
    }
    for (; r + 4 <= rows; r += 4) {
        f4 sum = sum8x4(sums[r], sums[r + 1], sums[r + 2], sums[r + 3]);
        for (int i = 0; bias && i < 4; i++) sum[i] += bias[r + i];
        memcpy(y + r, &sum, sizeof sum);
    }
    for (; r < rows; r++) {
        const float sum = sum8(sums[r]);
        y[r] = bias ? sum + bias[r] : sum;
    }
}
