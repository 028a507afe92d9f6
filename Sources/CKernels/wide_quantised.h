// Products of packed weights with several vectors of bytes, in vectors of 512 bits. Part of kernels_body.h, with
// TS_AVX512.
//
// Sixteen rows are unpacked side by side: lane r of a vector belongs to row r and holds four neighbouring bytes of it.
// Sums of a block are exact integers and its scaling is that of `short_rows` and `long_rows`, so results are theirs.

/// sums + Σ of four neighbouring products of unsigned with signed bytes, lane by lane.
INLINE i16v dot_quads_wide(i16v sums, ub64 w, i16v x) {
    return (i16v)_mm512_dpbusd_epi32((__m512i)sums, (__m512i)w, (__m512i)x);
}

/// The same for two neighbouring products of 16-bit integers.
INLINE i16v dot_words_wide(i16v sums, i16v a, i16v b) {
    return (i16v)_mm512_dpwssd_epi32((__m512i)sums, (__m512i)a, (__m512i)b);
}

INLINE i16v load_integers(const void *p) {
    i16v v;
    memcpy(&v, p, sizeof v);
    return v;
}

/// The 32 bits at p in every lane.
INLINE i16v splat_bits_wide(const void *p) {
    int32_t b;
    memcpy(&b, p, sizeof b);
    return (i16v){b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b};
}

INLINE f16v floats_wide(i16v v) { return __builtin_convertvector(v, f16v); }

/// Sixteen rows' blocks side by side.
typedef struct {
    uint8_t bytes[8][64];
    float scales[16], offsets[16];
} wide_short;

typedef struct {
    uint8_t bytes[64][64];
    /// For every 16 numbers, each row's scale.
    int32_t scales[16][16];
    /// For every 32 numbers, each row's offsets of their halves.
    int16_t offsets[8][32];
    float scale[16], offset[16];
} wide_long;

INLINE size_t wide_panel_bytes(ts_type type, size_t K) {
    return is_long(type) ? K / 256 * sizeof(wide_long) : K / 32 * sizeof(wide_short);
}

/// What `block_scales` does not tell of a block of 256 whose bytes were lifted.
INLINE int takes_parts(ts_type type) { return has_offsets(type) || is_signed(type); }

/// Whether 16 products of a type's bytes with activations add up to 16 bits.
INLINE int is_narrow(ts_type type) { return type == TS_Q2_K || type == TS_Q3_K || type == TS_Q4_K; }

/// What is taken from a type's bytes to make them the signed numbers that their scales multiply.
INLINE int centre(ts_type type) { return type == TS_Q3_K ? 4 : type == TS_Q6_K ? 32 : bias_of(type); }

/// Numbers 32g..<32g + 32 of sixteen rows' blocks, `taken` less: eight vectors.
INLINE void unpack_wide(ts_type type, const uint8_t *w, size_t row_bytes, int g, int taken, uint8_t (*bytes)[64]) {
    UNROLL for (int half = 0; half < 2; half++) {
        ub rows[8], turned[8];
        for (int r = 0; r < 8; r++)
            rows[r] = unpack(type, w + (size_t)(8 * half + r) * row_bytes, g) - splat_byte((uint8_t)taken);
        transpose8(rows, turned);
        UNROLL for (int s = 0; s < 8; s++) memcpy(bytes[s] + 32 * half, &turned[s], 32);
    }
}

/// Sixteen rows' panels, of unsigned bytes or, `centred`, of signed ones from which nothing is to be taken any more but
/// what `has_offset` and the offsets of types with two factors say.
INLINE void unpack_wide_rows(ts_type type, int centred, const uint8_t *w, size_t row_bytes, size_t K, void *panels) {
    const int taken = centred ? centre(type) : lift_of(type);
    if (!is_long(type)) {
        wide_short *panel = panels;
        for (size_t block = 0; block < K / 32; block++, w += stored_block(type), panel++) {
            unpack_wide(type, w, row_bytes, 0, taken, panel->bytes);
            for (size_t r = 0; r < 16; r += 8) {
                store8(panel->scales + r, load_scales(type, w + r * row_bytes, row_bytes, 8));
                if (has_offset(type)) store8(panel->offsets + r, load_halves(w + r * row_bytes + 2, row_bytes, 8));
            }
        }
        return;
    }
    wide_long *panel = panels;
    for (size_t block = 0; block < K / 256; block++, w += stored_block(type), panel++) {
        for (int r = 0; r < 16; r += 8) {
            ub scales[8], offsets[8], turned[8];
            for (int i = 0; i < 8; i++) {
                const long_block own = block_scales(type, w + (size_t)(r + i) * row_bytes);
                panel->scale[r + i] = own.scale;
                panel->offset[r + i] = own.offset;
                scales[i] = (ub)own.scales;
                offsets[i] = (ub)(is_signed(type) ? own.scales << 7 : own.offsets);
            }
            transpose8(scales, turned);
            UNROLL for (int j = 0; j < 8; j++) {
                const u8v pair = (u8v)turned[j];
                // A narrow sum is multiplied as a pair of 16 bits, of which the upper half must not count.
                const int is_pair = is_narrow(type) && !centred;
                const i8v even = is_pair ? (i8v)(pair & 0xFFFF) : (i8v)(pair << 16) >> 16;
                const i8v odd = is_pair ? (i8v)(pair >> 16) : (i8v)pair >> 16;
                memcpy(panel->scales[2 * j] + r, &even, sizeof even);
                memcpy(panel->scales[2 * j + 1] + r, &odd, sizeof odd);
            }
            transpose8(offsets, turned);
            UNROLL for (int j = 0; j < 8; j++) memcpy(panel->offsets[j] + 2 * r, &turned[j], sizeof turned[j]);
        }
        for (int g = 0; g < 8; g++) unpack_wide(type, w, row_bytes, g, taken, panel->bytes + 8 * g);
    }
}

/// Sixteen rows times C vectors.
INLINE void wide_tile(ts_type type, int C, const void *panels, size_t K, const uint8_t *x, size_t ldx,
                      const float *bias, float *y, size_t ldy) {
    f16v acc[8];
    activations a[8];
    UNROLL for (int c = 0; c < C; c++) {
        acc[c] = splat_wide(0);
        a[c] = activation_row(is_long(type), x + (size_t)c * ldx, K);
    }
    if (is_long(type)) {
        const wide_long *panel = panels;
        // Vectors of bytes that share their scales; narrow sums are of four.
        const int count = type == TS_Q5_K || type == TS_IQ4_XS ? 8 : 4;
        for (size_t block = 0; block < K / 256; block++, panel++) {
            i16v sums[8], minus[8];
            UNROLL for (int c = 0; c < C; c++) sums[c] = minus[c] = (i16v){0};
            for (int j = 0; j < 64; j += count) {
                i16v part[8];
                UNROLL for (int c = 0; c < C; c++) part[c] = (i16v){0};
                UNROLL for (int s = 0; s < count; s++) {
                    ub64 v = (ub64)load_integers(panel->bytes[j + s]);
                    UNROLL for (int c = 0; c < C; c++)
                        part[c] = dot_quads_wide(part[c], v, splat_bits_wide(a[c].q + 256 * block + 4 * (size_t)(j + s)));
                }
                i16v scales = load_integers(panel->scales[j / 4]);
                UNROLL for (int c = 0; c < C; c++)
                    sums[c] = is_narrow(type) ? dot_words_wide(sums[c], part[c], scales) : sums[c] + part[c] * scales;
            }
            for (int j = 0; takes_parts(type) && j < 8; j++) {
                i16v offsets = load_integers(panel->offsets[j]);
                UNROLL for (int c = 0; c < C; c++)
                    minus[c] = dot_words_wide(minus[c], offsets, splat_bits_wide(a[c].parts + 16 * block + 2 * j));
            }
            UNROLL for (int c = 0; c < C; c++) {
                const f16v d = splat_wide(a[c].scales[block]);
                if (has_one_factor(type) || is_signed(type)) sums[c] -= minus[c];
                else acc[c] = fma_wide(-load_wide(panel->offset) * d, floats_wide(minus[c]), acc[c]);
                acc[c] = fma_wide(load_wide(panel->scale) * d, floats_wide(sums[c]), acc[c]);
            }
        }
    } else {
        const wide_short *panel = panels;
        const int taken = bias_of(type) + lift_of(type);
        for (size_t block = 0; block < K / 32; block++, panel++) {
            i16v sums[8];
            UNROLL for (int c = 0; c < C; c++) {
                const int32_t bias = taken ? -taken * a[c].sums[block] : 0;
                sums[c] = splat_bits_wide(&bias);
            }
            UNROLL for (int s = 0; s < 8; s++) {
                ub64 v = (ub64)load_integers(panel->bytes[s]);
                UNROLL for (int c = 0; c < C; c++)
                    sums[c] = dot_quads_wide(sums[c], v, splat_bits_wide(a[c].q + 32 * block + 4 * (size_t)s));
            }
            UNROLL for (int c = 0; c < C; c++) {
                if (has_offset(type))
                    acc[c] = fma_wide(load_wide(panel->offsets), splat_wide(a[c].totals[block]), acc[c]);
                acc[c] = fma_wide(load_wide(panel->scales) * splat_wide(a[c].scales[block]), floats_wide(sums[c]), acc[c]);
            }
        }
    }
    UNROLL for (int c = 0; c < C; c++) {
        if (bias) acc[c] += load_wide(bias);
        memcpy(y + (size_t)c * ldy, &acc[c], sizeof acc[c]);
    }
}

#ifdef TS_AMX
#include "wide_amx.h"
#else
#define TILE_VECTORS SIZE_MAX
#endif

/// As many rows as are whole groups of sixteen times all m vectors. Returns their number.
INLINE size_t wide_quantised(ts_type type, const uint8_t *w, size_t row_bytes, size_t rows, size_t K, const uint8_t *x,
                             size_t ldx, size_t m, const float *bias, float *y, size_t ldy) {
    const size_t whole = rows / 16 * 16;
    uint8_t *panels = whole ? aligned_alloc(64, padded(wide_panel_bytes(type, K))) : NULL;
    if (!panels) return 0;
    size_t most = PANEL_BYTES / ldx / 8 * 8;
    if (most < 32) most = 32;
    for (size_t first = 0; first < m; first += most) {
        const size_t count = m - first < most ? m - first : most;
        const uint8_t *xs = x + first * ldx;
        for (size_t r = 0; r < whole; r += 16) {
            const float *b = bias ? bias + r : NULL;
            float *ys = y + first * ldy + r;
            unpack_wide_rows(type, m >= TILE_VECTORS, w + r * row_bytes, row_bytes, K, panels);
            // The next rows come from memory while these are multiplied, also those of the next chunk.
            for (size_t i = 0; i < 16 * row_bytes; i += 64)
                __builtin_prefetch(w + (r + 16) * row_bytes + i);
            size_t c = 0;
#ifdef TS_AMX
            if (m >= TILE_VECTORS) {
                const size_t rest = count % 16;
                if (r == 0) begin_tiles(type, rest);
                for (; c + 16 <= count; c += 16)
                    tiled(type, 0, 16, panels, K, xs + c * ldx, ldx, b, ys + c * ldy, ldy);
                if (rest) tiled(type, 1, rest, panels, K, xs + c * ldx, ldx, b, ys + c * ldy, ldy);
                continue;
            }
#endif
            for (; c + 8 <= count; c += 8) wide_tile(type, 8, panels, K, xs + c * ldx, ldx, b, ys + c * ldy, ldy);
            for (; c + 4 <= count; c += 4) wide_tile(type, 4, panels, K, xs + c * ldx, ldx, b, ys + c * ldy, ldy);
            for (; c < count; c++) wide_tile(type, 1, panels, K, xs + c * ldx, ldx, b, ys + c * ldy, ldy);
        }
    }
#ifdef TS_AMX
    if (m >= TILE_VECTORS) _tile_release();
#endif
    free(panels);
    return whole;
}
