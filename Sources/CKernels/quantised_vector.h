// Quantised rows times a few vectors. Part of quantised_products.h.

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

/// R rows of a type with blocks of 32 times C vectors; R is 8 or 1.
INLINE void short_rows(ts_type type, int R, int C, const uint8_t *w, size_t stride, size_t K, const activations *a,
                       float (*y)[8]) {
    f8 acc[FEW_VECTORS];
    UNROLL for (int c = 0; c < C; c++) acc[c] = splat(0);
    const size_t size = stored_block(type);
    const int taken = bias_of(type) + lift_of(type);
    for (size_t block = 0; block < K / 32; block++, w += size) {
        UNROLL for (int r = 0; r < R; r++) __builtin_prefetch(w + (size_t)r * stride + AHEAD);
        UNROLL for (int c = 0; c < C; c++) {
            i8v total = short_sums(type, R, w, stride, a[c].q + 32 * block);
            if (taken) total -= taken * a[c].sums[block];
            if (has_offset(type)) acc[c] = fma8(load_halves(w + 2, stride, R), splat(a[c].totals[block]), acc[c]);
            acc[c] = fma8(load_scales(type, w, stride, R) * splat(a[c].scales[block]), floats8(total), acc[c]);
        }
    }
    UNROLL for (int c = 0; c < C; c++) {
        if (R == 8) store8(y[c], acc[c]);
        else y[c][0] = acc[c][0];
    }
}

/// Whether a block of 256 has a scale for every 32 numbers, and not for every 16.
INLINE int has_wide_scales(ts_type type) { return type == TS_Q4_K || type == TS_Q5_K || type == TS_IQ4_XS; }

/// Lanes 4 to 7, and then 0 to 3.
INLINE f8 swapped(f8 v) { return __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3); }

/// R rows of a type with blocks of 256 times C vectors; R is 4 or 1.
INLINE void long_rows(ts_type type, int R, int C, const uint8_t *w, size_t stride, size_t K, const activations *a,
                      float (*y)[8], size_t place) {
    // Lane r: row r. A block's sums of offsets are in the lanes from 4 on.
    f8 acc[FEW_VECTORS];
    UNROLL for (int c = 0; c < C; c++) acc[c] = splat(0);
    const size_t size = stored_block(type);
    const int apart = has_offsets(type) && !has_one_factor(type);
    for (size_t block = 0; block < K / 256; block++, w += size) {
        i8v sums[FEW_VECTORS][8];
        UNROLL for (int c = 0; c < C; c++) UNROLL for (int i = 0; i < 8; i++) sums[c][i] = (i8v){0};
        float factors[8] = {0};
        UNROLL for (int r = 0; r < R; r++) {
            const uint8_t *b = w + (size_t)r * stride;
            for (size_t line = 0; line < size; line += 64) __builtin_prefetch(b + AHEAD + line);
            long_block scales = block_scales(type, b);
            // Two equal scales stand side by side for every 32 numbers that have one.
            int16_t pairs[16];
            memcpy(pairs, &scales.scales, sizeof pairs);
            // Compilers would spread them by steps that compete with the products; loads have time.
            FROM_MEMORY(pairs);
            UNROLL for (int g = 0; g < 8; g++) {
                w16 each = has_wide_scales(type) ? (w16)splat_bits(pairs + 2 * g) : scales_of(scales.scales, g);
                const ub v = unpack(type, b, g);
                UNROLL for (int c = 0; c < C; c++)
                    sums[c][r] += dot_bytes(type, v, load_sb(a[c].q + 256 * block + 32 * g), each);
            }
            factors[r] = scales.scale;
            if (apart) factors[4 + r] = -scales.offset;
            UNROLL for (int c = 0; c < C && has_offsets(type); c++) {
                i8v minus = dot16(scales.offsets, load_w16(a[c].parts + 16 * block));
                if (apart) sums[c][4 + r] = minus;
                else sums[c][r] -= minus;
            }
        }
        UNROLL for (int c = 0; c < C; c++) {
            f8 totals, scaled = load8(factors) * splat(a[c].scales[block]);
            if (R == 4) {
                // One tree of additions for all of them.
                totals = floats8(sums_of_lanes(sums[c]));
            } else {
                totals = splat(0);
                totals[0] = (float)sum_lanes(sums[c][0]);
                totals[4] = (float)sum_lanes(sums[c][4]);
            }
            if (apart) acc[c] = fma8(swapped(scaled), swapped(totals), acc[c]);
            acc[c] = fma8(scaled, totals, acc[c]);
        }
    }
    UNROLL for (int c = 0; c < C; c++) UNROLL for (int r = 0; r < R; r++) y[c][place + (size_t)r] = acc[c][r];
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

/// Four rows of Q4_K or Q5_K times C vectors: `long_rows` with the steps between products taken for all rows together.
INLINE void four_long_rows(ts_type type, int C, const uint8_t *w, size_t stride, size_t K, const activations *a,
                           float (*y)[8], size_t place) {
    f4 acc[FEW_VECTORS] = {{0}};
    const size_t size = stored_block(type);
    for (size_t block = 0; block < K / 256; block++, w += size) {
        __m256i heads[2];
        scales_of_two scales[2];
        UNROLL for (int i = 0; i < 2; i++) {
            const uint8_t *b = w + (size_t)(2 * i) * stride;
            heads[i] = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)b)),
                                               _mm_loadu_si128((const __m128i *)(b + stride)), 1);
            scales_of_rows(heads[i], &scales[i]);
        }
        i8v sums[FEW_VECTORS][4];
        UNROLL for (int c = 0; c < C; c++) UNROLL for (int r = 0; r < 4; r++) sums[c][r] = (i8v){0};
        UNROLL for (int r = 0; r < 4; r++) {
            const uint8_t *b = w + (size_t)r * stride;
            for (size_t line = 0; line < size; line += 64) __builtin_prefetch(b + AHEAD + line);
            UNROLL for (int g = 0; g < 8; g++) {
                w16 each = (w16)splat_bits(&scales[r / 2].pairs[g / 4][r % 2 * 4 + g % 4]);
                const ub v = unpack(type, b, g);
                UNROLL for (int c = 0; c < C; c++)
                    sums[c][r] += dot_bytes(type, v, load_sb(a[c].q + 256 * block + 32 * g), each);
            }
        }
        const __m256i turned = _mm256_unpacklo_epi32(heads[0], heads[1]);
        const __m128i factors = _mm_unpacklo_epi32(_mm256_castsi256_si128(turned), _mm256_extracti128_si256(turned, 1));
        const __m128i apart = _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
        const f8 both = (f8)_mm256_cvtph_ps(_mm_shuffle_epi8(factors, apart));
        UNROLL for (int c = 0; c < C; c++) {
            // The activations' sums of 32 rather than 16.
            const __m256i parts = (__m256i)load_w16(a[c].parts + 16 * block);
            const __m256i halves = _mm256_permute4x64_epi64(_mm256_hadd_epi16(parts, parts), 0x88);
            __m256i minus[2];
            UNROLL for (int i = 0; i < 2; i++) minus[i] = _mm256_madd_epi16((__m256i)scales[i].offsets, halves);
            const __m256i pq = _mm256_hadd_epi32((__m256i)sums[c][0], (__m256i)sums[c][1]);
            const __m256i all = _mm256_hadd_epi32(pq, _mm256_hadd_epi32((__m256i)sums[c][2], (__m256i)sums[c][3]));
            const __m128i totals = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
            // Rows 0 and 2 in the one half, 1 and 3 in the other.
            __m256i offs = _mm256_hadd_epi32(minus[0], minus[1]);
            offs = _mm256_hadd_epi32(offs, offs);
            const __m128i offsets = _mm_unpacklo_epi32(_mm256_castsi256_si128(offs), _mm256_extracti128_si256(offs, 1));
            const f8 scaled = both * splat(a[c].scales[block]);
            const f4 scale = (f4)_mm256_castps256_ps128((__m256)scaled);
            const f4 offset = (f4)_mm256_extractf128_ps((__m256)scaled, 1);
            acc[c] = (f4)_mm_fmadd_ps((__m128)-offset, _mm_cvtepi32_ps(offsets), (__m128)acc[c]);
            acc[c] = (f4)_mm_fmadd_ps((__m128)scale, _mm_cvtepi32_ps(totals), (__m128)acc[c]);
        }
    }
    UNROLL for (int c = 0; c < C; c++) memcpy(y[c] + place, &acc[c], sizeof acc[c]);
}
#endif

/// R rows times C vectors, `ldx` bytes apart: y[c][r]. R is 8 or 1.
INLINE void quantised_rows(ts_type type, int R, int C, const uint8_t *w, size_t stride, size_t K, const uint8_t *x,
                           size_t ldx, float (*y)[8]) {
    activations a[FEW_VECTORS];
    UNROLL for (int c = 0; c < C; c++) a[c] = activation_row(is_long(type), x + (size_t)c * ldx, K);
    if (!is_long(type)) return short_rows(type, R, C, w, stride, K, a, y);
    if (R == 1) return long_rows(type, 1, C, w, stride, K, a, y, 0);
    for (size_t place = 0; place < 8; place += 4) {
#ifdef TS_SHUFFLE
        if (type == TS_Q4_K || type == TS_Q5_K) {
            four_long_rows(type, C, w + place * stride, stride, K, a, y, place);
            continue;
        }
#endif
        long_rows(type, 4, C, w + place * stride, stride, K, a, y, place);
    }
}

/// The last of all rows, fewer than eight, times m vectors.
static inline void last_quantised_rows(ts_type type, const uint8_t *w, size_t row_bytes, size_t rows, size_t K,
                                       const uint8_t *x, size_t ldx, size_t m, const float *bias, float *y, size_t ldy) {
    float sum[1][8];
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < m; c++) {
            quantised_rows(type, 1, 1, w + r * row_bytes, 0, K, x + c * ldx, ldx, sum);
            y[c * ldy + r] = bias ? sum[0][0] + bias[r] : sum[0][0];
        }
    }
}

/// Groups of eight rows times C vectors.
INLINE void quantised_groups(ts_type type, int C, const uint8_t *w, size_t row_bytes, ts_part rows, size_t K,
                             const uint8_t *x, size_t ldx, const float *bias, float *y, size_t ldy) {
    const row_streams streams = streams_of(rows.all, row_bytes);
    float sums[FEW_VECTORS][8];
    for (size_t group = rows.first / 8; group < rows.end / 8; group++) {
        const eight_rows own = rows_of(&streams, group);
        quantised_rows(type, 8, C, w + own.first * row_bytes, own.apart * row_bytes, K, x, ldx, sums);
        UNROLL for (int c = 0; c < C; c++) {
            for (size_t i = 0, to = own.first; i < 8; i++, to += own.apart)
                y[(size_t)c * ldy + to] = bias ? sums[c][i] + bias[to] : sums[c][i];
        }
    }
}

/// Rows times a few vectors.
INLINE void quantised_streams(ts_type type, const uint8_t *w, size_t row_bytes, ts_part rows, size_t K, const uint8_t *x,
                              size_t ldx, size_t m, const float *bias, float *y, size_t ldy) {
    if (m == 1) quantised_groups(type, 1, w, row_bytes, rows, K, x, ldx, bias, y, ldy);
    else if (m == 2) quantised_groups(type, 2, w, row_bytes, rows, K, x, ldx, bias, y, ldy);
    else quantised_groups(type, 3, w, row_bytes, rows, K, x, ldx, bias, y, ldy);
    if (rows.end < rows.all) return;
    const size_t last = rows.all / 8 * 8;
    last_quantised_rows(type, w + last * row_bytes, row_bytes, rows.all - last, K, x, ldx, m, bias ? bias + last : NULL,
                        y + last, ldy);
}
