// Whether stored weights are numbers: NaN and infinities found without turning anything into floats.
#include "ckernels.h"
#include <string.h>

/// Numbers looked at before the first bad one is sought among them: long enough to vectorise, short enough to find it.
enum { STRIDE = 4096 };

// A number is infinite or NaN where every bit of its exponent is set.
#define DEFINE_PLAIN(NAME, WORD, EXPONENT) \
    static size_t NAME(const uint8_t *p, size_t count) { \
        for (size_t start = 0; start < count; start += STRIDE) { \
            size_t n = count - start < STRIDE ? count - start : STRIDE; \
            WORD bad = 0; \
            for (size_t i = 0; i < n; i++) { \
                WORD bits; \
                memcpy(&bits, p + (start + i) * sizeof bits, sizeof bits); \
                bad |= (WORD)((bits & EXPONENT) == EXPONENT); \
            } \
            for (size_t i = 0; bad && i < n; i++) { \
                WORD bits; \
                memcpy(&bits, p + (start + i) * sizeof bits, sizeof bits); \
                if ((bits & EXPONENT) == EXPONENT) return start + i; \
            } \
        } \
        return SIZE_MAX; \
    }

DEFINE_PLAIN(first_bad_float, uint32_t, 0x7F800000u)
DEFINE_PLAIN(first_bad_half, uint16_t, 0x7C00u)
DEFINE_PLAIN(first_bad_bfloat, uint16_t, 0x7F80u)

static inline int is_bad_half(const uint8_t *p) {
    uint16_t bits;
    memcpy(&bits, p, sizeof bits);
    return (bits & 0x7C00) == 0x7C00;
}

/// Blocks of `numbers` numbers in `bytes` bytes with half-precision scales at `first` and `second`, which may be one.
/// Scales, sub-scales and integers are so small that finite scales make finite numbers.
static inline __attribute__((always_inline)) size_t
first_bad_block(const uint8_t *p, size_t count, size_t numbers, size_t bytes, size_t first, size_t second) {
    for (size_t i = 0; i < count / numbers; i++, p += bytes)
        if (is_bad_half(p + first) | is_bad_half(p + second)) return i * numbers;
    return SIZE_MAX;
}

/// A scale of all ones is NaN by the format; the two below it make infinities of the largest levels.
static size_t first_bad_mxfp4(const uint8_t *p, size_t count) {
    for (size_t i = 0; i < count / 32; i++, p += 17) {
        if (p[0] < 253) continue;
        if (p[0] == 255) return i * 32;
        float numbers[32];
        ts_dequantise(TS_MXFP4, p, 32, numbers);
        size_t place = first_bad_float((const uint8_t *)numbers, 32);
        if (place != SIZE_MAX) return i * 32 + place;
    }
    return SIZE_MAX;
}

size_t ts_first_non_finite(ts_type type, const void *data, size_t count) {
    const uint8_t *p = data;
    switch (type) {
    case TS_F32: return first_bad_float(p, count);
    case TS_F16: return first_bad_half(p, count);
    case TS_BF16: return first_bad_bfloat(p, count);
    case TS_Q8_0: return first_bad_block(p, count, 32, 34, 0, 0);
    case TS_Q4_0: return first_bad_block(p, count, 32, 18, 0, 0);
    case TS_Q4_1: return first_bad_block(p, count, 32, 20, 0, 2);
    case TS_Q5_0: return first_bad_block(p, count, 32, 22, 0, 0);
    case TS_Q5_1: return first_bad_block(p, count, 32, 24, 0, 2);
    case TS_Q2_K: return first_bad_block(p, count, 256, 84, 80, 82);
    case TS_Q3_K: return first_bad_block(p, count, 256, 110, 108, 108);
    case TS_Q4_K: return first_bad_block(p, count, 256, 144, 0, 2);
    case TS_Q5_K: return first_bad_block(p, count, 256, 176, 0, 2);
    case TS_Q6_K: return first_bad_block(p, count, 256, 210, 208, 208);
    case TS_IQ4_NL: return first_bad_block(p, count, 32, 18, 0, 0);
    case TS_IQ4_XS: return first_bad_block(p, count, 256, 136, 0, 0);
    case TS_MXFP4: return first_bad_mxfp4(p, count);
    }
    return SIZE_MAX;
}
