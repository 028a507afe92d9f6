// The bytes and scales of packed blocks, as products want them. Part of quantised_products.h.

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
