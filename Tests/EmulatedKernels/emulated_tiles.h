// AMX's tiles in plain C after Intel's description of them, under the names of their intrinsics. What would be a fault
// ends the process.
#ifndef EMULATED_TILES_H
#define EMULATED_TILES_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    size_t rows, row_bytes;
    uint8_t bytes[16][64];
} emulated_tile;

static _Thread_local emulated_tile emulated_tiles[8];

/// Tile number `t`, which must have a shape.
static emulated_tile *emulated_shaped(int t) {
    if (!emulated_tiles[t].rows) abort();
    return &emulated_tiles[t];
}

static inline void emulated_tile_loadconfig(const void *memory) {
    const uint8_t *p = memory;
    if (p[0] != 1 || p[1] != 0) abort();
    for (int i = 0; i < 64; i++) {
        const int is_reserved = (i >= 2 && i < 16) || (i >= 32 && i < 48) || i >= 56;
        if (is_reserved && p[i]) abort();
    }
    for (int t = 0; t < 8; t++) {
        emulated_tile *tile = &emulated_tiles[t];
        memset(tile, 0, sizeof *tile);
        tile->row_bytes = p[16 + 2 * t] | (size_t)p[17 + 2 * t] << 8;
        tile->rows = p[48 + t];
        if (tile->row_bytes > 64 || tile->rows > 16 || !tile->row_bytes != !tile->rows) abort();
    }
}

static inline void emulated_tile_release(void) { memset(emulated_tiles, 0, sizeof emulated_tiles); }

static inline void emulated_tile_zero(int t) { memset(emulated_shaped(t)->bytes, 0, sizeof emulated_tiles[t].bytes); }

static inline void emulated_tile_loadd(int t, const void *base, size_t stride) {
    emulated_tile *tile = emulated_shaped(t);
    memset(tile->bytes, 0, sizeof tile->bytes);
    for (size_t r = 0; r < tile->rows; r++) memcpy(tile->bytes[r], (const uint8_t *)base + r * stride, tile->row_bytes);
}

static inline void emulated_tile_stored(int t, void *base, size_t stride) {
    emulated_tile *tile = emulated_shaped(t);
    for (size_t r = 0; r < tile->rows; r++) memcpy((uint8_t *)base + r * stride, tile->bytes[r], tile->row_bytes);
}

/// Whether a product of tiles of these shapes is defined.
static inline void emulated_check_shapes(const emulated_tile *c, const emulated_tile *a, const emulated_tile *b) {
    if (c == a || c == b || a == b || c->rows != a->rows || c->row_bytes != b->row_bytes || a->row_bytes != 4 * b->rows)
        abort();
}

/// TDPBSSD: 32-bit sums plus four products of signed bytes of a row of `a` and a column of `b`.
static inline void emulated_tile_dpbssd(int sums, int first, int second) {
    emulated_tile *c = emulated_shaped(sums), *a = emulated_shaped(first), *b = emulated_shaped(second);
    emulated_check_shapes(c, a, b);
    for (size_t m = 0; m < c->rows; m++) {
        int32_t row[16];
        memcpy(row, c->bytes[m], sizeof row);
        for (size_t k = 0; k < b->rows; k++) {
            for (size_t n = 0; n < c->row_bytes; n++)
                row[n / 4] += (int8_t)a->bytes[m][4 * k + n % 4] * (int8_t)b->bytes[k][n];
        }
        memcpy(c->bytes[m], row, sizeof row);
    }
}

static inline float emulated_flushed(float x) { return __builtin_fabsf(x) < 0x1p-126f ? __builtin_copysignf(0, x) : x; }

/// A BF16 number, denormal ones as zero.
static inline float emulated_bfloat(const uint8_t *p) {
    const uint32_t bits = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 24;
    float x;
    memcpy(&x, &bits, sizeof x);
    return emulated_flushed(x);
}

/// TDPBF16PS: the products of even and of odd places are summed each in order, fused; both sums are added, then that to
/// what was there. Denormal numbers count as zero throughout.
static inline void emulated_tile_dpbf16ps(int sums, int first, int second) {
    emulated_tile *c = emulated_shaped(sums), *a = emulated_shaped(first), *b = emulated_shaped(second);
    emulated_check_shapes(c, a, b);
    for (size_t m = 0; m < c->rows; m++) {
        for (size_t n = 0; n < c->row_bytes / 4; n++) {
            float two[2] = {0, 0}, sum;
            for (size_t k = 0; k < b->rows; k++) {
                for (size_t i = 0; i < 2; i++) {
                    const float left = emulated_bfloat(a->bytes[m] + 4 * k + 2 * i);
                    const float right = emulated_bfloat(b->bytes[k] + 4 * n + 2 * i);
                    two[i] = emulated_flushed(__builtin_fmaf(left, right, two[i]));
                }
            }
            memcpy(&sum, c->bytes[m] + 4 * n, sizeof sum);
            sum = emulated_flushed(sum + emulated_flushed(two[0] + two[1]));
            memcpy(c->bytes[m] + 4 * n, &sum, sizeof sum);
        }
    }
}

#undef _tile_dpbf16ps
#undef _tile_loadd
#undef _tile_stored
#undef _tile_zero
#undef _tile_dpbssd
#define _tile_loadconfig emulated_tile_loadconfig
#define _tile_release emulated_tile_release
#define _tile_zero emulated_tile_zero
#define _tile_loadd emulated_tile_loadd
#define _tile_stored emulated_tile_stored
#define _tile_dpbssd emulated_tile_dpbssd
#define _tile_dpbf16ps emulated_tile_dpbf16ps

#endif
