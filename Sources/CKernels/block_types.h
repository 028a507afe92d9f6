// Weights packed in blocks of 32 or 256 numbers of a few bits each, as GGUF stores them. Part of kernels_body.h.
//
// Each number is worked out with the roundings of the format's reference: scale times sub-scale, times the integer,
// then the offset, each a rounded float operation.

typedef uint8_t c8v __attribute__((vector_size(8)));

/// Each packed type: numbers and bytes a block.
#define EACH_PACKED(DO) \
    DO(TS_Q4_0, 32, 18) \
    DO(TS_Q4_1, 32, 20) \
    DO(TS_Q5_0, 32, 22) \
    DO(TS_Q5_1, 32, 24) \
    DO(TS_Q2_K, 256, 84) \
    DO(TS_Q3_K, 256, 110) \
    DO(TS_Q4_K, 256, 144) \
    DO(TS_Q5_K, 256, 176) \
    DO(TS_Q6_K, 256, 210) \
    DO(TS_IQ4_NL, 32, 18) \
    DO(TS_IQ4_XS, 256, 136) \
    DO(TS_MXFP4, 32, 17)
#define LARGEST_BLOCK 256

/// Numbers a block; 0 for types that are not packed.
INLINE size_t packed_block(ts_type type) {
    switch (type) {
#define NUMBERS(NAME, COUNT, BYTES) \
    case NAME: return COUNT;
        EACH_PACKED(NUMBERS)
#undef NUMBERS
    default: return 0;
    }
}

INLINE size_t packed_bytes(ts_type type) {
    switch (type) {
#define SIZE(NAME, COUNT, BYTES) \
    case NAME: return BYTES;
        EACH_PACKED(SIZE)
#undef SIZE
    default: return 0;
    }
}

/// Bytes of a block of a quantised type.
INLINE size_t stored_block(ts_type type) { return type == TS_Q8_0 ? 34 : packed_bytes(type); }

INLINE i8v bytes8(const uint8_t *p) {
    c8v v;
    memcpy(&v, p, sizeof v);
    return __builtin_convertvector(v, i8v);
}

INLINE f8 floats8(i8v v) { return __builtin_convertvector(v, f8); }

/// Numbers j..<j+8 of 32 that lie in 16 bytes: the low halves first, then the high ones.
INLINE i8v nibbles8(const uint8_t *p, size_t j) { return bytes8(p + j % 16) >> (int)(j / 16 * 4) & 15; }

/// Bits of a byte, the lowest first, as 0 or 1.
INLINE i8v bits8(uint8_t byte) {
    const i8v place = {0, 1, 2, 3, 4, 5, 6, 7};
    const int32_t b = byte;
    return ((i8v){b, b, b, b, b, b, b, b} >> place) & 1;
}

/// IQ4's sixteen levels, closer together near zero.
static const int8_t iq4_levels[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
/// Twice the values of E2M1 (OCP Microscaling Formats 1.0): sign, two bits of exponent, one of mantissa.
static const int8_t e2m1_levels[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

/// levels[nibble] for numbers j..<j+8 of 32 in 16 bytes.
INLINE f8 levels8(const int8_t levels[16], const uint8_t *p, size_t j) {
    b8v v;
#ifdef TS_SHUFFLE
    __m128i index = _mm_loadl_epi64((const __m128i *)(p + j % 16));
    index = _mm_and_si128(_mm_srli_epi16(index, (int)(j / 16 * 4)), _mm_set1_epi8(15));
    __m128i found = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)levels), index);
    memcpy(&v, &found, sizeof v);
#else
    UNROLL for (int i = 0; i < 8; i++) v[i] = levels[p[j % 16 + i] >> (j / 16 * 4) & 15];
#endif
    return __builtin_convertvector(v, f8);
}

/// 2^(e − 128): half of E8M0's value, since the levels it multiplies are doubled.
INLINE float half_of_e8m0(uint8_t e) {
    uint32_t bits = e < 2 ? 0x00200000u << e : (uint32_t)(e - 1) << 23;
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

/// Sub-block g's scale and offset of Q4_K and Q5_K: 6 bits each in 12 bytes. The first four of either are the low bits
/// of a byte of their own; the other four are a nibble, under two bits left over in the first four's bytes.
INLINE void k_scale(const uint8_t *s, size_t g, float *scale, float *offset) {
    int a = g < 4 ? s[g] & 63 : (s[g + 4] & 15) | (s[g - 4] >> 2 & 48);
    int b = g < 4 ? s[g + 4] & 63 : s[g + 4] >> 4 | (s[g] >> 2 & 48);
    *scale = (float)a, *offset = (float)b;
}

/// All numbers of one block.
INLINE void dequantise_block(ts_type type, const uint8_t *b, float *out) {
    switch (type) {
    case TS_Q4_0: {
        f8 d = splat(load_half(b));
        UNROLL for (size_t j = 0; j < 32; j += 8) store8(out + j, d * floats8(nibbles8(b + 2, j) - 8));
        return;
    }
    case TS_Q4_1: {
        f8 d = splat(load_half(b)), m = splat(load_half(b + 2));
        UNROLL for (size_t j = 0; j < 32; j += 8) store8(out + j, d * floats8(nibbles8(b + 4, j)) + m);
        return;
    }
    case TS_Q5_0: {
        f8 d = splat(load_half(b));
        UNROLL for (size_t j = 0; j < 32; j += 8) {
            i8v q = nibbles8(b + 6, j) | bits8(b[2 + j / 8]) << 4;
            store8(out + j, d * floats8(q - 16));
        }
        return;
    }
    case TS_Q5_1: {
        f8 d = splat(load_half(b)), m = splat(load_half(b + 2));
        UNROLL for (size_t j = 0; j < 32; j += 8) {
            i8v q = nibbles8(b + 8, j) | bits8(b[4 + j / 8]) << 4;
            store8(out + j, d * floats8(q) + m);
        }
        return;
    }
    case TS_IQ4_NL: {
        f8 d = splat(load_half(b));
        UNROLL for (size_t j = 0; j < 32; j += 8) store8(out + j, d * levels8(iq4_levels, b + 2, j));
        return;
    }
    case TS_MXFP4: {
        f8 d = splat(half_of_e8m0(b[0]));
        UNROLL for (size_t j = 0; j < 32; j += 8) store8(out + j, d * levels8(e2m1_levels, b + 1, j));
        return;
    }
    case TS_IQ4_XS: {
        float d = load_half(b);
        int high = b[2] | b[3] << 8;
        for (size_t g = 0; g < 8; g++) {
            int s = (b[4 + g / 2] >> (g % 2 * 4) & 15) | (high >> (2 * g) & 3) << 4;
            f8 scale = splat(d * (float)(s - 32));
            UNROLL for (size_t j = 0; j < 32; j += 8)
                store8(out + 32 * g + j, scale * levels8(iq4_levels, b + 8 + 16 * g, j));
        }
        return;
    }
    // The rest keep 32 numbers side by side, one a byte; the next 32 are the next bits of the same bytes.
    case TS_Q2_K: {
        float d = load_half(b + 80), offset = load_half(b + 82);
        for (size_t g = 0; g < 8; g++) {
            const uint8_t *q = b + 16 + g / 4 * 32;
            UNROLL for (size_t j = 0; j < 32; j += 8) {
                uint8_t s = b[2 * g + j / 16];
                i8v v = bytes8(q + j) >> (int)(g % 4 * 2) & 3;
                store8(out + 32 * g + j, splat(d * (float)(s & 15)) * floats8(v) - splat(offset * (float)(s >> 4)));
            }
        }
        return;
    }
    case TS_Q3_K: {
        float d = load_half(b + 108);
        const uint8_t *s = b + 96;
        for (size_t g = 0; g < 8; g++) {
            const uint8_t *q = b + 32 + g / 4 * 32;
            UNROLL for (size_t j = 0; j < 32; j += 8) {
                size_t i = 2 * g + j / 16;
                int scale = (s[i % 8] >> (i / 8 * 4) & 15) | (s[8 + i % 4] >> (i / 4 * 2) & 3) << 4;
                i8v low = bytes8(q + j) >> (int)(g % 4 * 2) & 3;
                i8v high = bytes8(b + j) >> (int)g & 1;
                store8(out + 32 * g + j, splat(d * (float)(scale - 32)) * floats8((low | high << 2) - 4));
            }
        }
        return;
    }
    case TS_Q4_K:
    case TS_Q5_K: {
        float d = load_half(b), offset = load_half(b + 2);
        for (size_t g = 0; g < 8; g++) {
            float scale, m;
            k_scale(b + 4, g, &scale, &m);
            f8 ds = splat(d * scale), dm = splat(offset * m);
            const uint8_t *q = b + (type == TS_Q4_K ? 16 : 48) + g / 2 * 32;
            UNROLL for (size_t j = 0; j < 32; j += 8) {
                i8v v = bytes8(q + j) >> (int)(g % 2 * 4) & 15;
                if (type == TS_Q5_K) v |= (bytes8(b + 16 + j) >> (int)g & 1) << 4;
                store8(out + 32 * g + j, ds * floats8(v) - dm);
            }
        }
        return;
    }
    case TS_Q6_K: {
        float d = load_half(b + 208);
        for (size_t g = 0; g < 8; g++) {
            // Four bits: 64 bytes hold 128 numbers, the low halves first. Two more: as in Q2_K.
            const uint8_t *low = b + g / 4 * 64 + g % 2 * 32, *high = b + 128 + g / 4 * 32;
            UNROLL for (size_t j = 0; j < 32; j += 8) {
                float scale = (float)(int8_t)b[192 + 2 * g + j / 16];
                i8v v = bytes8(low + j) >> (int)(g % 4 / 2 * 4) & 15;
                v |= (bytes8(high + j) >> (int)(g % 4 * 2) & 3) << 4;
                store8(out + 32 * g + j, splat(d * scale) * floats8(v - 32));
            }
        }
        return;
    }
    default: return;
    }
}
