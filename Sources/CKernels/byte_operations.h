// Vectors of bytes, and the few operations on them that instruction sets have of their own. Part of quantised_products.h.

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
