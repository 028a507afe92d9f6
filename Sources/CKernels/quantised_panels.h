// Quantised rows times several vectors. Part of quantised_products.h.
//
// Eight rows at a time are unpacked into memory, side by side: lane r of a vector belongs to row r, and holds four
// neighbouring bytes of it. An activation's four bytes go to all lanes, so that nothing is summed across them.

/// Eight rows' blocks side by side.
typedef struct {
    ub bytes[8];
    f8 scales, offsets;
} short_panel;

typedef struct {
    ub bytes[64];
    /// For every 16 numbers, each row's scale twice.
    int16_t scales[16][16];
    /// For every 32 numbers, each row's offsets of their halves.
    int16_t offsets[8][16];
    float scale[8], offset[8];
} long_panel;

INLINE size_t panel_bytes(ts_type type, size_t K) {
    return is_long(type) ? K / 256 * sizeof(long_panel) : K / 32 * sizeof(short_panel);
}

/// Lane r of result s is lane s of rows[r].
INLINE void transpose8(const ub rows[8], ub *out) {
#ifdef TS_SHUFFLE
    __m256 r[8], t[8];
    UNROLL for (int i = 0; i < 8; i++) r[i] = (__m256)rows[i];
    UNROLL for (int i = 0; i < 4; i++) {
        t[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
    }
    UNROLL for (int i = 0; i < 2; i++) {
        r[4 * i] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0x44);
        r[4 * i + 1] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0xEE);
        r[4 * i + 2] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0x44);
        r[4 * i + 3] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0xEE);
    }
    UNROLL for (int i = 0; i < 4; i++) {
        out[i] = (ub)_mm256_permute2f128_ps(r[i], r[i + 4], 0x20);
        out[i + 4] = (ub)_mm256_permute2f128_ps(r[i], r[i + 4], 0x31);
    }
#else
    for (int s = 0; s < 8; s++) {
        i8v v;
        for (int r = 0; r < 8; r++) v[r] = ((i8v)rows[r])[s];
        out[s] = (ub)v;
    }
#endif
}

/// Lane r of result s is lane s of the 16 bytes at p + r · stride.
INLINE void transpose_halves(const uint8_t *p, size_t stride, ub out[4]) {
#ifdef TS_SHUFFLE
    __m256 r[4], t[4];
    UNROLL for (size_t i = 0; i < 4; i++)
        r[i] = _mm256_loadu2_m128((const float *)(p + (i + 4) * stride), (const float *)(p + i * stride));
    UNROLL for (int i = 0; i < 2; i++) {
        t[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
    }
    UNROLL for (int i = 0; i < 2; i++) {
        out[2 * i] = (ub)_mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        out[2 * i + 1] = (ub)_mm256_shuffle_ps(t[i], t[i + 2], 0xEE);
    }
#else
    for (int s = 0; s < 4; s++) {
        i8v v;
        for (size_t r = 0; r < 8; r++) {
            int32_t bits;
            memcpy(&bits, p + r * stride + 4 * s, sizeof bits);
            v[r] = bits;
        }
        out[s] = (ub)v;
    }
#endif
}

/// Numbers 32g..<32g + 32 of eight rows' blocks, as `unpack` makes them of one: lane r of result s belongs to row r.
INLINE void unpack_beside(ts_type type, const uint8_t *w, size_t row_bytes, int g, ub out[8]) {
    if (nibbles_of(type, g)) {
        // Nibbles are cheaper to turn in pairs than one by one.
        ub turned[4];
        transpose_halves(w + nibbles_of(type, g), row_bytes, turned);
        UNROLL for (int s = 0; s < 4; s++) {
            out[s] = levels_of(type, field(turned[s], 0, 15));
            out[s + 4] = levels_of(type, field(turned[s], 4, 15));
        }
        return;
    }
    ub rows[8];
    UNROLL for (int r = 0; r < 8; r++) rows[r] = unpack(type, w + (size_t)r * row_bytes, g);
    transpose8(rows, out);
}

INLINE void unpack_rows(ts_type type, const uint8_t *w, size_t row_bytes, size_t K, void *panels) {
    if (!is_long(type)) {
        short_panel *panel = panels;
        for (size_t block = 0; block < K / 32; block++, w += stored_block(type), panel++) {
            unpack_beside(type, w, row_bytes, 0, panel->bytes);
            panel->scales = load_scales(type, w, row_bytes, 8);
            if (has_offset(type)) panel->offsets = load_halves(w + 2, row_bytes, 8);
        }
        return;
    }
    long_panel *panel = panels;
    for (size_t block = 0; block < K / 256; block++, w += stored_block(type), panel++) {
        ub scales[8], offsets[8], turned[8];
        for (int r = 0; r < 8; r++) {
            long_block own = block_scales(type, w + (size_t)r * row_bytes);
            panel->scale[r] = own.scale;
            panel->offset[r] = own.offset;
            scales[r] = (ub)own.scales;
            offsets[r] = (ub)own.offsets;
        }
        transpose8(scales, turned);
        UNROLL for (int j = 0; j < 8; j++) {
            const u8v pair = (u8v)turned[j];
            store_w16(panel->scales[2 * j], (w16)(pair << 16 | (pair & 0xFFFF)));
            store_w16(panel->scales[2 * j + 1], (w16)((pair & 0xFFFF0000) | pair >> 16));
        }
        if (has_offsets(type)) transpose8(offsets, (ub *)panel->offsets);
        UNROLL for (int g = 0; g < 8; g++) unpack_beside(type, w, row_bytes, g, panel->bytes + 8 * g);
    }
}

// Compilers would take vector after vector, for which there are not registers enough to keep the bytes in.
#ifdef TS_SHUFFLE
#define IN_ORDER(V) __asm__ volatile("" : "+x"(V))
#else
#define IN_ORDER(V)
#endif

/// Adds to P · C sums the products of `count` vectors of bytes of each panel with the activations from place k on, times
/// the panel's `scales`.
INLINE void add_products(ts_type type, int P, int C, int count, const ub *const bytes[2], const activations *a, size_t k,
                         const w16 scales[2], i8v sums[2][4]) {
    const int together = pairs_at_once(type) < count ? pairs_at_once(type) : count;
    UNROLL for (int s = 0; s < count; s += together) {
        w16 pairs[2][4];
        UNROLL for (int i = 0; i < together; i++) {
            ub v[2], size[2];
            UNROLL for (int p = 0; p < P; p++) {
                v[p] = bytes[p][s + i];
                size[p] = is_signed(type) ? magnitude((sb)v[p]) : v[p];
            }
            UNROLL for (int c = 0; c < C; c++) {
                const sb x = splat_bits(a[c].q + k + 4 * (size_t)(s + i));
                UNROLL for (int p = 0; p < P; p++) {
                    const w16 products = dot_pairs(size[p], is_signed(type) ? with_sign(x, (sb)v[p]) : x);
                    if (together == 1) {
                        sums[p][c] += dot16(products, scales[p]);
                        if (C > 1 && (P > 1 || !is_long(type))) IN_ORDER(sums[p][c]);
                        continue;
                    }
                    pairs[p][c] = i == 0 ? products : pairs[p][c] + products;
                    if (C > 1 && (P > 1 || together > 2)) IN_ORDER(pairs[p][c]);
                }
            }
        }
        UNROLL for (int c = 0; c < C && together > 1; c++) {
            UNROLL for (int p = 0; p < P; p++) {
                sums[p][c] += dot16(pairs[p][c], scales[p]);
                if (C > 1 && !is_long(type)) IN_ORDER(sums[p][c]);
            }
        }
    }
}

/// A block of 256 of P panels times C vectors.
INLINE void add_long(ts_type type, int P, int C, const long_panel *const panels[2], const activations *a, size_t block,
                     f8 acc[2][4]) {
    // Scales are for 16 numbers each in some types, for 32 in the others.
    const int count = has_wide_scales(type) ? 8 : 4;
    i8v sums[2][4], minus[2][4];
    UNROLL for (int p = 0; p < P; p++) UNROLL for (int c = 0; c < C; c++) sums[p][c] = minus[p][c] = (i8v){0};
    for (int j = 0; j < 64; j += count) {
        const ub *bytes[2];
        w16 scales[2];
        UNROLL for (int p = 0; p < P; p++) bytes[p] = panels[p]->bytes + j, scales[p] = load_w16(panels[p]->scales[j / 4]);
        add_products(type, P, C, count, bytes, a, 256 * block + 4 * (size_t)j, scales, sums);
    }
    for (int j = 0; has_offsets(type) && j < 8; j++) {
        UNROLL for (int c = 0; c < C; c++) {
            const w16 parts = (w16)splat_bits(a[c].parts + 16 * block + 2 * j);
            UNROLL for (int p = 0; p < P; p++) minus[p][c] += dot16(load_w16(panels[p]->offsets[j]), parts);
        }
    }
    UNROLL for (int c = 0; c < C; c++) {
        const f8 d = splat(a[c].scales[block]);
        UNROLL for (int p = 0; p < P; p++) {
            if (has_one_factor(type)) sums[p][c] -= minus[p][c];
            else if (has_offsets(type)) acc[p][c] = fma8(-load8(panels[p]->offset) * d, floats8(minus[p][c]), acc[p][c]);
            acc[p][c] = fma8(load8(panels[p]->scale) * d, floats8(sums[p][c]), acc[p][c]);
        }
    }
}

/// A block of 32 of P panels times C vectors.
INLINE void add_short(ts_type type, int P, int C, const short_panel *const panels[2], const activations *a, size_t block,
                      f8 acc[2][4]) {
    i8v sums[2][4];
    UNROLL for (int c = 0; c < C; c++) {
        const int32_t taken = bias_of(type) ? -bias_of(type) * a[c].sums[block] : 0;
        UNROLL for (int p = 0; p < P; p++) sums[p][c] = (i8v){taken, taken, taken, taken, taken, taken, taken, taken};
    }
    const ub *bytes[2];
    UNROLL for (int p = 0; p < P; p++) bytes[p] = panels[p]->bytes;
    const w16 scales[2] = {splat16(1), splat16(1)};
    add_products(type, P, C, 8, bytes, a, 32 * block, scales, sums);
    UNROLL for (int c = 0; c < C; c++) {
        const f8 d = splat(a[c].scales[block]);
        UNROLL for (int p = 0; p < P; p++) {
            if (has_offset(type)) acc[p][c] = fma8(panels[p]->offsets, splat(a[c].totals[block]), acc[p][c]);
            acc[p][c] = fma8(panels[p]->scales * d, floats8(sums[p][c]), acc[p][c]);
        }
    }
}

/// Eight rows of each of P panels, `apart` bytes from one to the other, times C vectors: per output the operations of
/// `short_rows` and `long_rows`, in their order. What is read of a vector serves both panels. With every block, the next
/// `step` bytes from `ahead` on are asked for.
INLINE void panel_tile(ts_type type, int P, int C, const uint8_t *panels, size_t apart, size_t K, const uint8_t *x,
                       size_t ldx, const float *bias, float *y, size_t ldy, const uint8_t *ahead, size_t step) {
    f8 acc[2][4];
    activations a[4];
    UNROLL for (int c = 0; c < C; c++) {
        UNROLL for (int p = 0; p < P; p++) acc[p][c] = splat(0);
        a[c] = activation_row(is_long(type), x + (size_t)c * ldx, K);
    }
    const size_t blocks = is_long(type) ? K / 256 : K / 32, size = is_long(type) ? sizeof(long_panel) : sizeof(short_panel);
    for (size_t block = 0; block < blocks; block++, panels += size) {
        for (const uint8_t *end = ahead + step; ahead < end; ahead += 64) __builtin_prefetch(ahead);
        if (is_long(type)) {
            const long_panel *const both[2] = {(const long_panel *)panels, (const long_panel *)(panels + apart)};
            add_long(type, P, C, both, a, block, acc);
        } else {
            const short_panel *const both[2] = {(const short_panel *)panels, (const short_panel *)(panels + apart)};
            add_short(type, P, C, both, a, block, acc);
        }
    }
    UNROLL for (int c = 0; c < C; c++) {
        UNROLL for (size_t p = 0; p < (size_t)P; p++)
            store8(y + (size_t)c * ldy + 8 * p, bias ? acc[p][c] + load8(bias + 8 * p) : acc[p][c]);
    }
}

/// Activations that stay in a second-level cache while all rows pass them.
#define PANEL_BYTES 196608
