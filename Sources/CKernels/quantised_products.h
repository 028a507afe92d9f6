// Products of packed weights with activations quantised to bytes. Part of kernels_body.h.
//
// Activations are quantised as ggml does for the same weight type, so that results are comparable: for types with
// blocks of 32, q = round(127 x / max |x|) for every 32 numbers, their scale d = max |x| / 127 in half precision, and so
// d·Σq, which the weights' offsets are multiplied by; for types with blocks of 256, q = round(−127 x / m) for every 256,
// m being the number of largest magnitude, and d a float. Products and sums inside a block are exact integers; an output
// then adds its blocks in order, one fused product each. So the result does not depend on how many rows or vectors are
// multiplied together, nor on how their bytes are laid out while they are.
//
// An activation row in memory: K bytes q; then a float scale d for every block; then for every block of 32 the integer
// Σq and the float d·Σq, 32 bits each, or as 16-bit integers Σq for every 16 numbers of a block of 256.

typedef int8_t sb __attribute__((vector_size(32)));
typedef uint8_t uh __attribute__((vector_size(16)));
typedef int16_t w16 __attribute__((vector_size(32)));

INLINE sb load_sb(const int8_t *p) {
    sb v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE w16 load_w16(const int16_t *p) {
    w16 v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store_w16(int16_t *p, w16 v) { memcpy(p, &v, sizeof v); }

// MARK: The few operations that instruction sets have of their own

/// Lane i: w[2i]·x[2i] + w[2i + 1]·x[2i + 1]. No w exceeds 128, no |x| 127.
INLINE w16 dot_pairs(ub w, sb x) {
#ifdef TS_SHUFFLE
    return (w16)_mm256_maddubs_epi16((__m256i)w, (__m256i)x);
#else
    w16 sums;
    for (int i = 0; i < 16; i++) sums[i] = (int16_t)(w[2 * i] * x[2 * i] + w[2 * i + 1] * x[2 * i + 1]);
    return sums;
#endif
}

/// The sums of eight vectors' lanes.
INLINE i8v sums_of_lanes(const i8v v[8]) {
#ifdef TS_SHUFFLE
    __m256i a = _mm256_hadd_epi32((__m256i)v[0], (__m256i)v[1]), b = _mm256_hadd_epi32((__m256i)v[2], (__m256i)v[3]);
    __m256i c = _mm256_hadd_epi32((__m256i)v[4], (__m256i)v[5]), d = _mm256_hadd_epi32((__m256i)v[6], (__m256i)v[7]);
    __m256i e = _mm256_hadd_epi32(a, b), f = _mm256_hadd_epi32(c, d);
    return (i8v)_mm256_add_epi32(_mm256_permute2x128_si256(e, f, 0x20), _mm256_permute2x128_si256(e, f, 0x31));
#else
    i8v sums;
    for (int r = 0; r < 8; r++) {
        sums[r] = 0;
        for (int i = 0; i < 8; i++) sums[r] += v[r][i];
    }
    return sums;
#endif
}

INLINE ub splat_byte(uint8_t b) {
    return (ub){b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b};
}

INLINE w16 splat16(int16_t s) { return (w16){s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s}; }

/// Lane i: Σ a[j]·b[j] over j = 2i, 2i + 1.
INLINE i8v dot16(w16 a, w16 b) {
#ifdef TS_SHUFFLE
    return (i8v)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#else
    i8v sums;
    for (int i = 0; i < 8; i++) sums[i] = a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1];
    return sums;
#endif
}

/// |w|, and x with the sign of w: their products are w·x.
INLINE ub magnitude(sb w) {
#ifdef TS_SHUFFLE
    return (ub)_mm256_abs_epi8((__m256i)w);
#else
    sb sign = w < 0;
    return (ub)((w ^ sign) - sign);
#endif
}

INLINE sb with_sign(sb x, sb w) {
#ifdef TS_SHUFFLE
    return (sb)_mm256_sign_epi8((__m256i)x, (__m256i)w);
#else
    // Where w is 0 its magnitude is too.
    sb sign = w < 0;
    return (x ^ sign) - sign;
#endif
}

/// levels[index] for 32 indices below 16.
INLINE sb look_up(const int8_t levels[16], ub index) {
#ifdef TS_SHUFFLE
    __m256i table = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)levels));
    return (sb)_mm256_shuffle_epi8(table, (__m256i)index);
#else
    sb v;
    for (int i = 0; i < 32; i++) v[i] = levels[index[i]];
    return v;
#endif
}

/// Bit i of 32, in byte i, as 0 or 16.
INLINE ub fifth_bits(const uint8_t *p) {
#ifdef TS_SHUFFLE
    uint32_t bits;
    memcpy(&bits, p, sizeof bits);
    const __m256i spread = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    __m256i v = _mm256_shuffle_epi8(_mm256_set1_epi32((int)bits), spread);
    __m256i place = _mm256_set1_epi64x((long long)0x8040201008040201);
    return (ub)_mm256_and_si256(_mm256_cmpeq_epi8(_mm256_and_si256(v, place), place), _mm256_set1_epi8(16));
#else
    ub v;
    for (int i = 0; i < 32; i++) v[i] = (uint8_t)((p[i / 8] >> (i % 8) & 1) << 4);
    return v;
#endif
}

/// The 32 nibbles of 16 bytes: the low halves first.
INLINE ub nibbles32(const uint8_t *p) {
#ifdef TS_SHUFFLE
    __m128i v = _mm_loadu_si128((const __m128i *)p);
    __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(v), _mm_srli_epi16(v, 4), 1);
    return (ub)_mm256_and_si256(both, _mm256_set1_epi8(15));
#else
    ub v;
    for (int i = 0; i < 32; i++) v[i] = p[i % 16] >> (i / 16 * 4) & 15;
    return v;
#endif
}

/// The 32 bits at p in every lane.
INLINE sb splat_bits(const void *p) {
    int32_t bits;
    memcpy(&bits, p, sizeof bits);
    return (sb)(i8v){bits, bits, bits, bits, bits, bits, bits, bits};
}

/// (v >> by) & mask, byte by byte; mask < 256 >> by.
INLINE ub field(ub v, int by, uint8_t mask) {
#ifdef TS_SHUFFLE
    return (ub)_mm256_and_si256(_mm256_srli_epi16((__m256i)v, by), _mm256_set1_epi8((char)mask));
#else
    ub m;
    for (int i = 0; i < 32; i++) m[i] = mask;
    return v >> (uint8_t)by & m;
#endif
}

/// v << by, byte by byte; no bit is lost.
INLINE ub shifted(ub v, int by) {
#ifdef TS_SHUFFLE
    return (ub)_mm256_slli_epi16((__m256i)v, by);
#else
    return v << (uint8_t)by;
#endif
}

// MARK: Unpacking

/// Whether `unpack` gives signed bytes.
INLINE int is_signed(ts_type type) { return type == TS_Q8_0 || type == TS_IQ4_NL || type == TS_IQ4_XS; }

/// How many products of pairs of a type's unsigned bytes with activations fit into 16 bits together.
INLINE int pairs_at_once(ts_type type) {
    switch (type) {
    case TS_Q4_0:
    case TS_Q4_1:
    case TS_Q2_K:
    case TS_Q3_K:
    case TS_Q4_K: return 8;  // 8 · 2 · 15 · 127 < 32,768
    case TS_Q5_0:
    case TS_Q5_1:
    case TS_Q5_K:
    case TS_MXFP4: return 4;  // of 31
    case TS_Q6_K: return 2;  // of 63
    default: return 1;
    }
}

/// E2M1's levels, 12 added.
static const int8_t e2m1_bytes[16] = {12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0};

/// Where the 16 bytes lie whose nibbles alone make numbers 32g..<32g + 32 of a block, the low halves first; 0 where more does.
INLINE size_t nibbles_of(ts_type type, int g) {
    switch (type) {
    case TS_Q4_0:
    case TS_IQ4_NL: return 2;
    case TS_Q4_1: return 4;
    case TS_MXFP4: return 1;
    case TS_IQ4_XS: return 8 + 16 * (size_t)g;
    default: return 0;
    }
}

/// What nibbles stand for.
INLINE ub levels_of(ts_type type, ub nibbles) {
    switch (type) {
    case TS_IQ4_NL:
    case TS_IQ4_XS: return (ub)look_up(iq4_levels, nibbles);
    case TS_MXFP4: return (ub)look_up(e2m1_bytes, nibbles);
    default: return nibbles;
    }
}

/// Numbers 32g..<32g + 32 of a block as bytes: for some types signed, for others without their offset.
INLINE ub unpack(ts_type type, const uint8_t *b, int g) {
    switch (type) {
    case TS_Q8_0: return load_ub(b + 2);
    case TS_Q5_0: return nibbles32(b + 6) | fifth_bits(b + 2);
    case TS_Q5_1: return nibbles32(b + 8) | fifth_bits(b + 4);
    case TS_Q2_K: return field(load_ub(b + 16 + g / 4 * 32), g % 4 * 2, 3);
    case TS_Q3_K: return field(load_ub(b + 32 + g / 4 * 32), g % 4 * 2, 3) | shifted(field(load_ub(b), g, 1), 2);
    case TS_Q4_K: return field(load_ub(b + 16 + g / 2 * 32), g % 2 * 4, 15);
    case TS_Q5_K: return field(load_ub(b + 48 + g / 2 * 32), g % 2 * 4, 15) | shifted(field(load_ub(b + 16), g, 1), 4);
    case TS_Q6_K:
        return field(load_ub(b + g / 4 * 64 + g % 2 * 32), g % 4 / 2 * 4, 15)
            | shifted(field(load_ub(b + 128 + g / 4 * 32), g % 4 * 2, 3), 4);
    default: return levels_of(type, nibbles32(b + nibbles_of(type, g)));
    }
}

/// Whether a block of 32 has an offset besides its scale.
INLINE int has_offset(ts_type type) { return type == TS_Q4_1 || type == TS_Q5_1; }

/// What is to be taken from every byte of a block of 32.
INLINE int bias_of(ts_type type) {
    return type == TS_Q4_0 ? 8 : type == TS_Q5_0 ? 16 : type == TS_MXFP4 ? 12 : 0;
}

/// The halves at p, p + stride, … as floats; eight of them, or one.
INLINE f8 load_halves(const uint8_t *p, size_t stride, int count) {
#ifdef TS_F16C
    if (count == 8) {
        __m128i v = _mm_setzero_si128();
#define PUT(I) v = _mm_insert_epi16(v, *(const int16_t *)(p + (I) * stride), I)
        PUT(0), PUT(1), PUT(2), PUT(3), PUT(4), PUT(5), PUT(6), PUT(7);
#undef PUT
        return (f8)_mm256_cvtph_ps(v);
    }
#endif
    f8 v = splat(0);
    UNROLL for (int r = 0; r < count; r++) v[r] = load_half(p + (size_t)r * stride);
    return v;
}

/// The scales of the blocks of 32 at p, p + stride, …; eight of them, or one.
INLINE f8 load_scales(ts_type type, const uint8_t *p, size_t stride, int count) {
    if (type != TS_MXFP4) return load_halves(p, stride, count);
    i8v e = {0};
    UNROLL for (int r = 0; r < count; r++) e[r] = p[(size_t)r * stride];
    // As half_of_e8m0.
    i8v tiny = e < 2;
    return (f8)((tiny & ((e + 1) << 21)) | (~tiny & (e - 1) << 23));
}

/// A block of 256: number j = scale · scales[j / 16] · byte − offset · offsets[j / 16]. Where the type has one factor for
/// both, `offset` is `scale`.
typedef struct {
    float scale, offset;
    w16 scales, offsets;
} long_block;

INLINE w16 widen(uh v) {
#ifdef TS_SHUFFLE
    return (w16)_mm256_cvtepu8_epi16((__m128i)v);
#else
    return __builtin_convertvector(v, w16);
#endif
}

INLINE int has_offsets(ts_type type) { return type != TS_IQ4_XS; }
INLINE int has_one_factor(ts_type type) { return type == TS_Q3_K || type == TS_Q6_K; }

INLINE long_block block_scales(ts_type type, const uint8_t *b) {
    long_block result = {0};
    switch (type) {
    case TS_Q4_K:
    case TS_Q5_K: {
        // 6 bits each: the first four of either are the low bits of a byte of their own, the other four a nibble under
        // two bits left over in the first four's bytes.
        uint32_t s[3], t[4];
        memcpy(s, b + 4, sizeof s);
        t[0] = s[0] & 0x3F3F3F3F;
        t[1] = (s[2] & 0x0F0F0F0F) | (s[0] >> 2 & 0x30303030);
        t[2] = s[1] & 0x3F3F3F3F;
        t[3] = (s[2] >> 4 & 0x0F0F0F0F) | (s[1] >> 2 & 0x30303030);
        uh bytes;
        memcpy(&bytes, t, sizeof bytes);
        result.scale = load_half(b), result.offset = load_half(b + 2);
        result.scales = widen(__builtin_shufflevector(bytes, bytes, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7));
        result.offsets =
            widen(__builtin_shufflevector(bytes, bytes, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15));
        return result;
    }
    case TS_Q2_K: {
        uh bytes;
        memcpy(&bytes, b, sizeof bytes);
        w16 wide = widen(bytes);
        result.scale = load_half(b + 80), result.offset = load_half(b + 82);
        result.scales = wide & splat16(15);
        result.offsets = wide >> 4;
        return result;
    }
    case TS_Q3_K: {
        // 6 bits each: sixteen nibbles, the low halves of 8 bytes first; then their high bits, four to a byte.
        uint32_t s[3], t[4];
        memcpy(s, b + 96, sizeof s);
        t[0] = (s[0] & 0x0F0F0F0F) | (s[2] << 4 & 0x30303030);
        t[1] = (s[1] & 0x0F0F0F0F) | (s[2] << 2 & 0x30303030);
        t[2] = (s[0] >> 4 & 0x0F0F0F0F) | (s[2] & 0x30303030);
        t[3] = (s[1] >> 4 & 0x0F0F0F0F) | (s[2] >> 2 & 0x30303030);
        uh bytes;
        memcpy(&bytes, t, sizeof bytes);
        result.scale = result.offset = load_half(b + 108);
        result.scales = widen(bytes) - splat16(32);
        result.offsets = result.scales << 2;
        return result;
    }
    case TS_Q6_K: {
        uh bytes;
        memcpy(&bytes, b + 192, sizeof bytes);
        result.scale = result.offset = load_half(b + 208);
        result.scales = (widen(bytes) ^ splat16(128)) - splat16(128);
        result.offsets = result.scales << 5;
        return result;
    }
    case TS_IQ4_XS: {
        int high = b[2] | b[3] << 8;
        result.scale = load_half(b);
        UNROLL for (int g = 0; g < 8; g++) {
            int s = (b[4 + g / 2] >> (g % 2 * 4) & 15) | (high >> (2 * g) & 3) << 4;
            result.scales[2 * g] = result.scales[2 * g + 1] = (int16_t)(s - 32);
        }
        return result;
    }
    default: return result;
    }
}

/// The scales of numbers 32g..<32g + 32, one for every two of them.
INLINE w16 scales_of(w16 s, int g) {
    switch (g) {
#define PICK(G) \
    case G: return __builtin_shufflevector(s, s, 2 * G, 2 * G, 2 * G, 2 * G, 2 * G, 2 * G, 2 * G, 2 * G, 2 * G + 1, \
                                           2 * G + 1, 2 * G + 1, 2 * G + 1, 2 * G + 1, 2 * G + 1, 2 * G + 1, 2 * G + 1);
        PICK(0) PICK(1) PICK(2) PICK(3) PICK(4) PICK(5) PICK(6) PICK(7)
#undef PICK
    default: return s;
    }
}

// MARK: Activations

INLINE int is_long(ts_type type) { return packed_block(type) == 256; }

#ifdef TS_AMX
static void split_floats(const float *x, size_t K, uint8_t *out);
static void multiply_split(const uint8_t *w, size_t row_bytes, size_t rows, size_t K, const uint8_t *x, size_t ldx,
                           size_t m, const float *bias, float *y, size_t ldy);
static size_t split_bytes(size_t K);
#endif

static size_t activation_bytes(ts_type type, size_t K) {
#ifdef TS_AMX
    if (type == TS_BF16) return split_bytes(K);
#endif
    if (type == TS_Q8_0 || packed_block(type) == 32) return padded(K + K / 32 * 12);
    return is_long(type) ? padded(K + K / 256 * 4 + K / 16 * 2) : 0;
}

typedef struct {
    const int8_t *q;
    const float *scales;
    /// Blocks of 32: Σq, and d·Σq.
    const int32_t *sums;
    const float *totals;
    /// Blocks of 256: Σq of every 16.
    const int16_t *parts;
} activations;

INLINE activations activation_row(int is_long_type, const uint8_t *row, size_t K) {
    activations a = {(const int8_t *)row, (const float *)(row + K), NULL, NULL, NULL};
    if (is_long_type) {
        a.parts = (const int16_t *)(row + K + K / 256 * 4);
    } else {
        a.sums = (const int32_t *)(row + K + K / 32 * 4);
        a.totals = (const float *)(row + K + K / 32 * 8);
    }
    return a;
}

/// Rounds to the nearest integer, ties to even; |x| < 2^22.
INLINE i8v nearest(f8 x) {
    const f8 magic = splat(12582912.0f);
    return (i8v)(x + magic) - (i8v)magic;
}

/// Eight numbers times `factor`, rounded, at most 127. Returns their sum.
INLINE i8v quantise8(const float *x, f8 factor, int8_t *q) {
    i8v v = nearest(load8(x) * factor);
    const i8v most = {127, 127, 127, 127, 127, 127, 127, 127};
    i8v over = v > most;
    v = (over & most) | (~over & v);
    b8v bytes = __builtin_convertvector(v, b8v);
    memcpy(q, &bytes, sizeof bytes);
    return v;
}

INLINE int sum_lanes(i8v v) { return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])); }

/// 0, or NaN where a number is not finite, so that a fault goes on into every result.
INLINE float fault(const float *x, size_t n) {
    f8 sum = splat(0);
    for (size_t i = 0; i < n; i += 8) sum += load8(x + i) * splat(0);
    return sum8(sum);
}

/// The half nearest to x; x itself where that is zero or infinity, which would lose the block.
INLINE float as_half(float x) {
    float h = round_to_half(x);
    return h == 0 || h - h != 0 ? x : h;
}

static void quantise_short(const float *x, size_t K, uint8_t *out) {
    int8_t *q = (int8_t *)out;
    float *scales = (float *)(out + K);
    int32_t *sums = (int32_t *)(out + K + K / 32 * 4);
    float *totals = (float *)(out + K + K / 32 * 8);
    const i8v all = (i8v)splat(-0.0f);
    for (size_t block = 0; block < K / 32; block++, x += 32, q += 32) {
        f8 m = splat(0);
        UNROLL for (int j = 0; j < 32; j += 8) m = max8((f8)(~all & (i8v)load8(x + j)), m);
        float largest = 0;
        UNROLL for (int i = 0; i < 8; i++) largest = m[i] > largest ? m[i] : largest;
        float wrong = fault(x, 32);
        if (wrong != 0 || largest == 0) {
            memset(q, 0, 32);
            scales[block] = totals[block] = wrong;
            sums[block] = 0;
            continue;
        }
        float d = largest / 127;
        f8 factor = splat(127 / largest);
        i8v sum = {0};
        UNROLL for (int j = 0; j < 32; j += 8) sum += quantise8(x + j, factor, q + j);
        scales[block] = as_half(d);
        sums[block] = sum_lanes(sum);
        totals[block] = as_half(d * (float)sums[block]);
    }
}

static void quantise_long(const float *x, size_t K, uint8_t *out) {
    int8_t *q = (int8_t *)out;
    float *scales = (float *)(out + K);
    int16_t *parts = (int16_t *)(out + K + K / 256 * 4);
    for (size_t block = 0; block < K / 256; block++, x += 256, q += 256, parts += 16) {
        f8 high = splat(0), low = splat(0);
        for (int j = 0; j < 256; j += 8) {
            f8 v = load8(x + j);
            high = max8(v, high);
            low = select8(v < low, v, low);
        }
        float most = 0, least = 0;
        UNROLL for (int i = 0; i < 8; i++) {
            most = high[i] > most ? high[i] : most;
            least = low[i] < least ? low[i] : least;
        }
        float largest = most;
        if (-least > most) largest = least;
        else if (-least == most) {
            // Of two of one size the first counts.
            for (int j = 0; j < 256; j++) {
                if (x[j] == most || x[j] == least) {
                    largest = x[j];
                    break;
                }
            }
        }
        float wrong = fault(x, 256);
        if (wrong != 0 || largest == 0) {
            memset(q, 0, 256);
            memset(parts, 0, 32);
            scales[block] = wrong;
            continue;
        }
        float factor = -127 / largest;
        for (int j = 0; j < 256; j += 16) {
            i8v sum = quantise8(x + j, splat(factor), q + j) + quantise8(x + j + 8, splat(factor), q + j + 8);
            parts[j / 16] = (int16_t)sum_lanes(sum);
        }
        scales[block] = 1 / factor;
    }
}

static void quantise(ts_type type, const float *x, size_t K, void *out) {
#ifdef TS_AMX
    if (type == TS_BF16) return split_floats(x, K, out);
#endif
    if (is_long(type)) quantise_long(x, K, out);
    else quantise_short(x, K, out);
}

// MARK: Products

#include "quantised_vector.h"
#include "quantised_panels.h"
#ifdef TS_AVX512
#include "wide_quantised.h"
#endif

INLINE void quantised_type(ts_type type, const uint8_t *w, size_t row_bytes, ts_part part, size_t K, const uint8_t *x,
                           size_t ldx, size_t m, const float *bias, float *y, size_t ldy) {
    // Unpacking into memory pays from four vectors on.
    if (m < 4) return quantised_vectors(type, w, row_bytes, part, K, x, ldx, m, bias, y, ldy);
    size_t begin = part.first;
#ifdef TS_AVX512
    begin += wide_quantised(type, w + begin * row_bytes, row_bytes, part.end - begin, K, x, ldx, m,
                            bias ? bias + begin : NULL, y + begin, ldy);
#endif
    const size_t rows = part.end - begin;
    w += begin * row_bytes, y += begin;
    if (bias) bias += begin;
    if (!rows) return;
    const size_t own = panel_bytes(type, K);
    uint8_t *panels = aligned_alloc(64, padded(2 * own));
    if (!panels) return quantised_vectors(type, w, row_bytes, (ts_part){rows, 0, rows}, K, x, ldx, m, bias, y, ldy);
    size_t most = PANEL_BYTES / ldx / 4 * 4;
    if (most < 32) most = 32;
    const size_t whole = rows / 8 * 8;
    for (size_t first = 0; first < m; first += most) {
        const size_t count = m - first < most ? m - first : most;
        const uint8_t *xs = x + first * ldx;
        float *ys = y + first * ldy;
        const size_t blocks = is_long(type) ? K / 256 : K / 32, tiles = count / 4 ? count / 4 : 1;
        for (size_t r = 0, some; r < whole; r += some) {
            // Two panels of long blocks, which have their scales beside them, leave few vectors no room in the first cache.
            some = whole - r >= 16 && (!is_long(type) || count >= 64) ? 16 : 8;
            for (size_t i = 0; i < some; i += 8)
                unpack_rows(type, w + (r + i) * row_bytes, row_bytes, K, panels + i / 8 * own);
            // The next rows come from memory while these are multiplied, some with every tile: behind the last one, too,
            // where a thread's next chunk begins. To ask for what is not there does no harm.
            const uint8_t *ahead = w + (r + some) * row_bytes, *end = ahead + some * row_bytes;
            const size_t step = (some * row_bytes / (blocks * tiles) + 63) / 64 * 64;
            size_t c = 0;
            for (; c + 4 <= count; c += 4, ahead += step * blocks) {
                const size_t asked = ahead < end ? step : 0;
                const uint8_t *vectors = xs + c * ldx;
                const float *b = bias ? bias + r : NULL;
                float *out = ys + c * ldy + r;
                if (some == 16) panel_tile(type, 2, 4, panels, own, K, vectors, ldx, b, out, ldy, ahead, asked);
                else panel_tile(type, 1, 4, panels, own, K, vectors, ldx, b, out, ldy, ahead, asked);
            }
            for (; c < count; c++) {
                for (size_t i = 0; i < some; i += 8)
                    panel_tile(type, 1, 1, panels + i / 8 * own, own, K, xs + c * ldx, ldx, bias ? bias + r + i : NULL,
                               ys + c * ldy + r + i, ldy, ahead, 0);
            }
        }
        const ts_part rest = {rows - whole, 0, rows - whole};
        quantised_vectors(type, w + whole * row_bytes, row_bytes, rest, K, xs, ldx, count, bias ? bias + whole : NULL,
                          ys + whole, ldy);
    }
    free(panels);
}

#ifdef TS_AMX
#include "bfloat_tiles.h"
#endif

static void multiply_quantised(ts_type type, const void *w, size_t row_bytes, ts_part rows, size_t K, const void *x,
                               size_t ldx, size_t m, const float *bias, float *y, size_t ldy) {
    switch (type) {
#ifdef TS_AMX
    case TS_BF16:
        return multiply_split((const uint8_t *)w + rows.first * row_bytes, row_bytes, rows.end - rows.first, K, x, ldx, m,
                              bias ? bias + rows.first : NULL, y + rows.first, ldy);
#endif
    case TS_Q8_0: return quantised_type(TS_Q8_0, w, row_bytes, rows, K, x, ldx, m, bias, y, ldy);
#define TYPE(NAME, COUNT, BYTES) \
    case NAME: return quantised_type(NAME, w, row_bytes, rows, K, x, ldx, m, bias, y, ldy);
        EACH_PACKED(TYPE)
#undef TYPE
    default: return;
    }
}
