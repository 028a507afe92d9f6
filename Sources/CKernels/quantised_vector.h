// Quantised rows times one vector. Part of quantised_products.h.

/// The products of 32 bytes with activations, times their scales, in eight partial sums.
INLINE i8v dot_bytes(ts_type type, ub v, sb x, w16 scales) {
    return is_signed(type) ? dot16(dot_pairs(magnitude((sb)v), with_sign(x, (sb)v)), scales)
                           : dot16(dot_pairs(v, x), scales);
}

// Eight rows far apart are read together, `stride` bytes from one to the next, each in order: eight long streams are
// what memory gives fastest, however short the rows are.

/// The same for a whole block of 32, whose bytes may have `lift_of` too much.
INLINE i8v dot_short(ts_type type, ub v, sb x) {
#ifdef TS_AVX512
    ub lifted = is_signed(type) ? v ^ splat_byte(128) : v;
    return (i8v)_mm256_dpbusd_epi32(_mm256_setzero_si256(), (__m256i)lifted, (__m256i)x);
#else
    return dot_bytes(type, v, x, splat16(1));
#endif
}

INLINE int lift_of(ts_type type) {
#ifdef TS_AVX512
    return is_signed(type) ? 128 : 0;
#else
    return 0;
#endif
}

#ifdef TS_SHUFFLE
/// The sums of eight rows' blocks of 32 nibbles, at p, p + stride, …, times the activations x. The rows are turned side by
/// side, four bytes of each at a time, which takes fewer steps than adding up a row's lanes.
INLINE i8v sums_of_nibbles(const uint8_t *p, size_t stride, const int8_t *x) {
    __m256i r[4], t[4];
    UNROLL for (int i = 0; i < 4; i++)
        r[i] = _mm256_inserti128_si256(
            _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(p + (size_t)i * stride))),
            _mm_loadu_si128((const __m128i *)(p + (size_t)(i + 4) * stride)), 1);
    t[0] = _mm256_unpacklo_epi32(r[0], r[1]), t[1] = _mm256_unpackhi_epi32(r[0], r[1]);
    t[2] = _mm256_unpacklo_epi32(r[2], r[3]), t[3] = _mm256_unpackhi_epi32(r[2], r[3]);
    r[0] = _mm256_unpacklo_epi64(t[0], t[2]), r[1] = _mm256_unpackhi_epi64(t[0], t[2]);
    r[2] = _mm256_unpacklo_epi64(t[1], t[3]), r[3] = _mm256_unpackhi_epi64(t[1], t[3]);
    // Eight sums of two products fit 16 bits.
    w16 sums = {0};
    UNROLL for (int j = 0; j < 4; j++) {
        sums += dot_pairs(field((ub)r[j], 0, 15), splat_bits(x + 4 * j));
        sums += dot_pairs(field((ub)r[j], 4, 15), splat_bits(x + 16 + 4 * j));
    }
    return dot16(sums, splat16(1));
}
#endif

/// The sums of R rows' blocks of 32 times the activations x.
INLINE i8v short_sums(ts_type type, int R, const uint8_t *w, size_t stride, const int8_t *x) {
#ifdef TS_SHUFFLE
    if (R == 8 && (type == TS_Q4_0 || type == TS_Q4_1))
        return sums_of_nibbles(w + stored_block(type) - 16, stride, x);
#endif
    i8v sums[8], total = {0};
    UNROLL for (int r = 0; r < R; r++)
        sums[r] = dot_short(type, unpack(type, w + (size_t)r * stride, 0), load_sb(x));
    if (R == 8) return sums_of_lanes(sums);
    total[0] = sum_lanes(sums[0]);
    return total;
}

/// R rows of a type with blocks of 32 times one vector; R is 8 or 1.
INLINE void short_rows(ts_type type, int R, const uint8_t *w, size_t stride, size_t K, activations a, float *y) {
    f8 acc = splat(0);
    const size_t size = stored_block(type);
    const int taken = bias_of(type) + lift_of(type);
    for (size_t block = 0; block < K / 32; block++, w += size) {
        const float d = a.scales[block];
        UNROLL for (int r = 0; r < R; r++) __builtin_prefetch(w + (size_t)r * stride + AHEAD);
        i8v total = short_sums(type, R, w, stride, a.q + 32 * block);
        if (taken) total -= taken * a.sums[block];
        if (has_offset(type)) acc = fma8(load_halves(w + 2, stride, R), splat(a.totals[block]), acc);
        acc = fma8(load_scales(type, w, stride, R) * splat(d), floats8(total), acc);
    }
    if (R == 8) store8(y, acc);
    else y[0] = acc[0];
}

/// Whether a block of 256 has a scale for every 32 numbers, and not for every 16.
INLINE int has_wide_scales(ts_type type) { return type == TS_Q4_K || type == TS_Q5_K || type == TS_IQ4_XS; }

/// Lanes 4 to 7, and then 0 to 3.
INLINE f8 swapped(f8 v) { return __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3); }

// Compilers would spread the numbers of an array by steps that compete with the products; loads have time.
#ifdef TS_SHUFFLE
#define FROM_MEMORY(ARRAY) __asm__ volatile("" : : "r"(ARRAY) : "memory")
#else
#define FROM_MEMORY(ARRAY)
#endif

/// R rows of a type with blocks of 256 times one vector; R is 4 or 1.
INLINE void long_rows(ts_type type, int R, const uint8_t *w, size_t stride, size_t K, activations a, float *y) {
    // Lane r: row r. A block's sums of offsets are in the lanes from 4 on.
    f8 acc = splat(0);
    const size_t size = stored_block(type);
    const int apart = has_offsets(type) && !has_one_factor(type);
    for (size_t block = 0; block < K / 256; block++, w += size) {
        const int8_t *q = a.q + 256 * block;
        w16 parts = load_w16(a.parts + 16 * block);
        i8v sums[8] = {{0}};
        float factors[8] = {0};
        UNROLL for (int r = 0; r < R; r++) {
            const uint8_t *b = w + (size_t)r * stride;
            for (size_t line = 0; line < size; line += 64) __builtin_prefetch(b + AHEAD + line);
            long_block scales = block_scales(type, b);
            // Two equal scales stand side by side for every 32 numbers that have one.
            int16_t pairs[16];
            memcpy(pairs, &scales.scales, sizeof pairs);
            FROM_MEMORY(pairs);
            UNROLL for (int g = 0; g < 8; g++) {
                w16 each = has_wide_scales(type) ? (w16)splat_bits(pairs + 2 * g) : scales_of(scales.scales, g);
                sums[r] += dot_bytes(type, unpack(type, b, g), load_sb(q + 32 * g), each);
            }
            factors[r] = scales.scale;
            if (!has_offsets(type)) continue;
            i8v minus = dot16(scales.offsets, parts);
            if (!apart) sums[r] -= minus;
            else sums[4 + r] = minus, factors[4 + r] = -scales.offset;
        }
        f8 totals, scaled = load8(factors) * splat(a.scales[block]);
        if (R == 4) {
            // One tree of additions for all of them.
            totals = floats8(sums_of_lanes(sums));
        } else {
            totals = splat(0);
            totals[0] = (float)sum_lanes(sums[0]);
            totals[4] = (float)sum_lanes(sums[4]);
        }
        if (apart) acc = fma8(swapped(scaled), swapped(totals), acc);
        acc = fma8(scaled, totals, acc);
    }
    UNROLL for (int r = 0; r < R; r++) y[r] = acc[r];
}

#ifdef TS_SHUFFLE
/// Two rows' scales of a block of Q4_K or Q5_K, which begins with two halves and twelve bytes, as `block_scales` has them.
typedef struct {
    /// Of each row four scales twice, then of each the other four.
    uint32_t pairs[2][8];
    /// Of each row all eight.
    w16 offsets;
} scales_of_two;

INLINE void scales_of_rows(__m256i rows, scales_of_two *out) {
    // Of the twelve bytes' three words s: s0, s2, s1, s2 / 16, and the two bits that s0 and s1 have left over.
    const __m256i first = _mm256_set1_epi64x(0x0F0F0F0F3F3F3F3F), second = _mm256_set1_epi64x(0x3030303000000000);
    __m256i low = _mm256_srlv_epi32(_mm256_shuffle_epi32(rows, 0xED), _mm256_set_epi32(4, 0, 0, 0, 4, 0, 0, 0));
    __m256i high = _mm256_srli_epi32(_mm256_shuffle_epi32(rows, 0xA5), 2);
    const __m256i bytes = _mm256_or_si256(_mm256_and_si256(low, first), _mm256_and_si256(high, second));
    const __m256i each = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, -1, 0, -1, 1, -1, 1, -1, 2, -1, 2, -1, 3, -1, 3, -1));
    const __m256i last =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(8, -1, 9, -1, 10, -1, 11, -1, 12, -1, 13, -1, 14, -1, 15, -1));
    _mm256_storeu_si256((__m256i *)out->pairs[0], _mm256_shuffle_epi8(bytes, each));
    _mm256_storeu_si256((__m256i *)out->pairs[1], _mm256_shuffle_epi8(_mm256_srli_epi64(bytes, 32), each));
    out->offsets = (w16)_mm256_shuffle_epi8(bytes, last);
    FROM_MEMORY(out->pairs);
}

/// Four rows of Q4_K or Q5_K times one vector: `long_rows` with the steps between products taken for all rows together.
INLINE void four_long_rows(ts_type type, const uint8_t *w, size_t stride, size_t K, activations a, float *y) {
    f4 acc = {0};
    const size_t size = stored_block(type);
    for (size_t block = 0; block < K / 256; block++, w += size) {
        const int8_t *q = a.q + 256 * block;
        // The activations' sums of 32 rather than 16.
        const __m256i parts = (__m256i)load_w16(a.parts + 16 * block);
        const __m256i halves = _mm256_permute4x64_epi64(_mm256_hadd_epi16(parts, parts), 0x88);
        __m256i heads[2], minus[2];
        scales_of_two scales[2];
        UNROLL for (int i = 0; i < 2; i++) {
            const uint8_t *b = w + (size_t)(2 * i) * stride;
            heads[i] = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)b)),
                                               _mm_loadu_si128((const __m128i *)(b + stride)), 1);
            scales_of_rows(heads[i], &scales[i]);
            minus[i] = _mm256_madd_epi16((__m256i)scales[i].offsets, halves);
        }
        i8v sums[4] = {{0}};
        UNROLL for (int r = 0; r < 4; r++) {
            const uint8_t *b = w + (size_t)r * stride;
            for (size_t line = 0; line < size; line += 64) __builtin_prefetch(b + AHEAD + line);
            UNROLL for (int g = 0; g < 8; g++) {
                w16 each = (w16)splat_bits(&scales[r / 2].pairs[g / 4][r % 2 * 4 + g % 4]);
                sums[r] += dot_bytes(type, unpack(type, b, g), load_sb(q + 32 * g), each);
            }
        }
        const __m256i pq = _mm256_hadd_epi32((__m256i)sums[0], (__m256i)sums[1]);
        const __m256i all = _mm256_hadd_epi32(pq, _mm256_hadd_epi32((__m256i)sums[2], (__m256i)sums[3]));
        const __m128i totals = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
        // Rows 0 and 2 in the one half, 1 and 3 in the other.
        __m256i offs = _mm256_hadd_epi32(minus[0], minus[1]);
        offs = _mm256_hadd_epi32(offs, offs);
        const __m128i offsets = _mm_unpacklo_epi32(_mm256_castsi256_si128(offs), _mm256_extracti128_si256(offs, 1));
        const __m256i turned = _mm256_unpacklo_epi32(heads[0], heads[1]);
        const __m128i factors = _mm_unpacklo_epi32(_mm256_castsi256_si128(turned), _mm256_extracti128_si256(turned, 1));
        const __m128i apart = _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
        const f8 scaled = (f8)_mm256_cvtph_ps(_mm_shuffle_epi8(factors, apart)) * splat(a.scales[block]);
        const f4 scale = (f4)_mm256_castps256_ps128((__m256)scaled), offset = (f4)_mm256_extractf128_ps((__m256)scaled, 1);
        acc = (f4)_mm_fmadd_ps((__m128)-offset, _mm_cvtepi32_ps(offsets), (__m128)acc);
        acc = (f4)_mm_fmadd_ps((__m128)scale, _mm_cvtepi32_ps(totals), (__m128)acc);
    }
    memcpy(y, &acc, sizeof acc);
}
#endif

INLINE void quantised_rows(ts_type type, int R, const uint8_t *w, size_t stride, size_t K, const uint8_t *x, float *y) {
    activations a = activation_row(is_long(type), x, K);
    if (!is_long(type)) return short_rows(type, R, w, stride, K, a, y);
    if (R == 1) return long_rows(type, 1, w, stride, K, a, y);
#ifdef TS_SHUFFLE
    if (type == TS_Q4_K || type == TS_Q5_K) {
        four_long_rows(type, w, stride, K, a, y);
        four_long_rows(type, w + 4 * stride, stride, K, a, y + 4);
        return;
    }
#endif
    long_rows(type, 4, w, stride, K, a, y);
    long_rows(type, 4, w + 4 * stride, stride, K, a, y + 4);
}

/// Rows times m vectors, a vector after the other: eight rows at a time.
INLINE void quantised_vectors(ts_type type, const uint8_t *w, size_t row_bytes, ts_part rows, size_t K,
                              const uint8_t *x, size_t ldx, size_t m, const float *bias, float *y, size_t ldy) {
    const row_streams streams = streams_of(rows.all, row_bytes);
    float sums[8];
    for (size_t group = rows.first / 8; group < rows.end / 8; group++) {
        const eight_rows own = rows_of(&streams, group);
        for (size_t c = 0; c < m; c++) {
            quantised_rows(type, 8, w + own.first * row_bytes, own.apart * row_bytes, K, x + c * ldx, sums);
            for (size_t i = 0, to = own.first; i < 8; i++, to += own.apart)
                y[c * ldy + to] = bias ? sums[i] + bias[to] : sums[i];
        }
    }
    for (size_t r = rows.all / 8 * 8; r < rows.all && rows.end == rows.all; r++) {
        for (size_t c = 0; c < m; c++) {
            quantised_rows(type, 1, w + r * row_bytes, 0, K, x + c * ldx, sums);
            y[c * ldy + r] = bias ? sums[0] + bias[r] : sums[0];
        }
    }
}
