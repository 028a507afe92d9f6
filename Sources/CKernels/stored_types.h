// Numbers as files store them, turned into floats. Part of kernels_body.h.

INLINE float half_to_float(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, magnitude = h & 0x7FFF;
    float f;
    if (magnitude >= 0x7C00) {  // infinity or NaN
        uint32_t bits = sign | 0x7F800000 | (magnitude & 0x3FF) << 13;
        memcpy(&f, &bits, 4);
        return f;
    }
    if (magnitude < 0x400) {  // zero or a denormal: an integer times 2^-24
        f = (float)magnitude * 0x1p-24f;
        return sign ? -f : f;
    }
    uint32_t bits = sign | ((magnitude << 13) + 0x38000000);
    memcpy(&f, &bits, 4);
    return f;
}

INLINE f8 load_half8(const uint8_t *p) {
#ifdef TS_F16C
    return (f8)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
#else
    uint16_t h[8];
    memcpy(h, p, sizeof h);
    f8 v;
    for (int i = 0; i < 8; i++) v[i] = half_to_float(h[i]);
    return v;
#endif
}

INLINE float load_half(const uint8_t *p) {
    uint16_t h;
    memcpy(&h, p, sizeof h);
#ifdef TS_F16C
    return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(h)));
#else
    return half_to_float(h);
#endif
}

/// x rounded to half precision, ties to even.
INLINE float round_to_half(float x) {
#ifdef TS_F16C
    return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtps_ph(_mm_set_ss(x), _MM_FROUND_TO_NEAREST_INT)));
#else
    uint32_t bits;
    memcpy(&bits, &x, 4);
    const uint32_t sign = bits & 0x80000000, size = bits ^ sign;
    float f;
    if (size >= 0x477FF000) {
        bits = size > 0x7F800000 ? size : 0x7F800000;  // NaN, or too large
    } else if (size < 0x38800000) {
        // Denormal halves are multiples of 2^-24, the spacing of floats in [1/2, 1).
        memcpy(&f, &size, 4);
        f = (f + 0.5f) - 0.5f;
        memcpy(&bits, &f, 4);
    } else {
        bits = (size + 0xFFF + (size >> 13 & 1)) & ~0x1FFFu;
    }
    bits |= sign;
    memcpy(&f, &bits, 4);
    return f;
#endif
}

#include "block_types.h"

/// Whether every number of a type stands by itself.
INLINE int is_plain(ts_type type) { return type == TS_F32 || type == TS_F16 || type == TS_BF16; }

/// Numbers k..<k+8 of a stored row of a type that is not packed; k is a multiple of 8. `type` is a constant wherever
/// this is inlined.
INLINE f8 load_weights(ts_type type, const uint8_t *row, size_t k) {
    switch (type) {
    case TS_F32: return load8(row + 4 * k);
    case TS_F16: return load_half8(row + 2 * k);
    case TS_BF16: {
        h8v h;
        memcpy(&h, row + 2 * k, sizeof h);
        return (f8)(__builtin_convertvector(h, u8v) << 16);
    }
    case TS_Q8_0: {
        const uint8_t *block = row + k / 32 * 34;
        b8v q;
        memcpy(&q, block + 2 + k % 32, sizeof q);
        return splat(load_half(block)) * __builtin_convertvector(q, f8);
    }
    default: return splat(0);
    }
}

#ifdef TS_SHUFFLE
/// Words that become the high halves of eight floats.
static const int8_t high_words[32] __attribute__((aligned(32))) = {-1, -1, 0, 1, -1, -1, 2,  3,  -1, -1, 4,
                                                                    5,  -1, -1, 6, 7, -1, -1, 8,  9,  -1, -1,
                                                                    10, 11, -1, -1, 12, 13, -1, -1, 14, 15};
#endif

/// `load_weights` of a plain type where sums leave few registers: rows are read one after the other.
INLINE f8 load_in_turn(ts_type type, const uint8_t *row, size_t k) {
#if defined(TS_SHUFFLE) && defined(TS_F16C)
    if (type == TS_F16) {
        // Compilers would convert all rows' numbers before they multiply the first.
        f8 v;
        __asm__ volatile("vcvtph2ps %1, %0" : "=x"(v) : "m"(*(const __m128i_u *)(row + 2 * k)));
        return v;
    }
    if (type == TS_BF16) {
        // The places are read from memory: a tile's sums leave no register for them, and compilers would take one.
        f8 v;
        __asm__ volatile("vbroadcasti128 %1, %0\n\tvpshufb %2, %0, %0"
                         : "=x"(v)
                         : "m"(*(const __m128i_u *)(row + 2 * k)), "m"(high_words));
        return v;
    }
#endif
    return load_weights(type, row, k);
}

/// The last n <= 8 numbers of a row of a plain type, zeros after them.
INLINE f8 load_weights_n(ts_type type, const uint8_t *row, size_t k, size_t n) {
    size_t size = type == TS_F32 ? 4 : 2;
    uint8_t t[32] = {0};
    memcpy(t, row + k * size, n * size);
    return load_weights(type, t, 0);
}

INLINE void dequantise_row(ts_type type, const uint8_t *row, size_t n, float *out) {
    size_t k = 0, block = packed_block(type);
    if (block) {
        for (; k + block <= n; k += block, row += packed_bytes(type)) dequantise_block(type, row, out + k);
        return;
    }
    for (; k + 8 <= n; k += 8) store8(out + k, load_weights(type, row, k));
    if (k < n) store_n(out + k, load_weights_n(type, row, k, n - k), n - k);
}

static void dequantise(ts_type type, const void *row, size_t n, float *out) {
    switch (type) {
    case TS_F32: return dequantise_row(TS_F32, row, n, out);
    case TS_F16: return dequantise_row(TS_F16, row, n, out);
    case TS_BF16: return dequantise_row(TS_BF16, row, n, out);
    case TS_Q8_0: return dequantise_row(TS_Q8_0, row, n, out);
#define ROW(NAME, COUNT, BYTES) \
    case NAME: return dequantise_row(NAME, row, n, out);
        EACH_PACKED(ROW)
#undef ROW
    }
}
