// Keys and values as they lie in a KV cache, and attention over them. Part of kernels_body.h.

INLINE uint16_t float_to_half(float x) {
#ifdef TS_F16C
    return _cvtss_sh(x, _MM_FROUND_TO_NEAREST_INT);
#else
    uint32_t bits;
    memcpy(&bits, &x, 4);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    uint32_t magnitude = bits & 0x7FFFFFFF;
    if (magnitude > 0x7F800000) return sign | 0x7E00;    // NaN
    if (magnitude >= 0x477FF000) return sign | 0x7C00;   // rounds to infinity
    if (magnitude < 0x38800000) {                        // zero or a denormal: an integer times 2^-24
        float m = fabsf(x) * 0x1p24f;
        return sign | (uint16_t)__builtin_rintf(m);
    }
    uint32_t rounded = magnitude + 0xFFF + (magnitude >> 13 & 1);
    return sign | (uint16_t)((rounded - 0x38000000) >> 13);
#endif
}

/// Numbers that a row of a KV cache is padded to a multiple of.
INLINE size_t cache_step(ts_type type) { return type == TS_Q8_0 ? 32 : 8; }

static size_t cache_row_bytes(ts_type type, size_t width) {
    size_t n = (width + cache_step(type) - 1) / cache_step(type) * cache_step(type);
    return type == TS_Q8_0 ? n / 32 * 34 : type == TS_F16 ? 2 * n : 4 * n;
}

static void cache_store(ts_type type, const float *x, size_t width, uint8_t *row) {
    if (type == TS_F32) {
        memcpy(row, x, width * sizeof(float));
        memset(row + width * sizeof(float), 0, cache_row_bytes(type, width) - width * sizeof(float));
        return;
    }
    for (size_t start = 0; start < width; start += cache_step(type)) {
        float t[32] = {0};
        size_t count = width - start < cache_step(type) ? width - start : cache_step(type);
        memcpy(t, x + start, count * sizeof(float));
        if (type == TS_F16) {
            for (size_t i = 0; i < 8; i++) {
                uint16_t h = float_to_half(t[i]);
                memcpy(row + 2 * (start + i), &h, 2);
            }
            continue;
        }
        uint8_t *block = row + start / 32 * 34;
        float most = 0, check = 0;
        for (size_t i = 0; i < 32; i++) {
            most = fabsf(t[i]) > most ? fabsf(t[i]) : most;
            check += t[i] - t[i];
        }
        // Numbers that are not finite make the block NaN, as they make attention without quantisation.
        uint16_t scale = check == 0 ? float_to_half(most / 127) : 0x7E00;
        float inverse = check == 0 && most > 0 ? 127 / most : 0;
        memcpy(block, &scale, 2);
        for (size_t i = 0; i < 32; i++) block[2 + i] = (uint8_t)(int8_t)__builtin_rintf(check == 0 ? t[i] * inverse : 0);
    }
}

/// Numbers 8·i..<8·i+8 of a row; of Q8_0 without their block's scale.
INLINE f8 cached8(ts_type type, const uint8_t *row, size_t i) {
    if (type == TS_F32) return load8(row + 32 * i);
    if (type == TS_F16) return load_half8(row + 16 * i);
    b8v v;
    memcpy(&v, row + i / 4 * 34 + 2 + i % 4 * 8, sizeof v);
    return __builtin_convertvector(v, f8);
}

/// The products of the `n` numbers of a query and a cached key in eight sums.
INLINE f8 dot_lanes(ts_type type, const float *q, const uint8_t *row, size_t n) {
    f8 acc = splat(0);
    if (type != TS_Q8_0) {
        for (size_t i = 0; i < n / 8; i++) acc = fma8(load8(q + 8 * i), cached8(type, row, i), acc);
        return acc;
    }
    for (size_t i = 0; i < n / 8; i += 4) {
        f8 block = load8(q + 8 * i) * cached8(type, row, i);
        UNROLL for (size_t j = 1; j < 4; j++) block = fma8(load8(q + 8 * (i + j)), cached8(type, row, i + j), block);
        acc = fma8(splat(load_half(row + i / 4 * 34)), block, acc);
    }
    return acc;
}

/// scores = factor · q·k for the keys in `runs`. Returns how many there are.
INLINE size_t score_keys(ts_type type, const float *q, size_t n, size_t row_bytes, const ts_run *runs, size_t run_count,
                         const uint8_t *keys, float factor, float *scores) {
    size_t count = 0;
    for (size_t r = 0; r < run_count; r++) {
        const uint8_t *row = keys + (size_t)runs[r].start * row_bytes;
        uint32_t j = 0;
        for (; j + 4 <= runs[r].count; j += 4, row += 4 * row_bytes, count += 4) {
            f4 s = sum8x4(dot_lanes(type, q, row, n), dot_lanes(type, q, row + row_bytes, n),
                          dot_lanes(type, q, row + 2 * row_bytes, n), dot_lanes(type, q, row + 3 * row_bytes, n));
            s *= factor;
            memcpy(scores + count, &s, sizeof s);
        }
        for (; j < runs[r].count; j++, row += row_bytes) scores[count++] = sum8(dot_lanes(type, q, row, n)) * factor;
    }
    return count;
}

/// The weighted sum of columns 8·first..<8·(first + vectors) of the values, of which `wanted` are written.
INLINE void weigh_columns(ts_type type, size_t first, size_t vectors, const ts_run *runs, size_t run_count,
                          const float *scores, const uint8_t *values, size_t row_bytes, size_t wanted, float *out) {
    f8 acc[8];
    UNROLL for (size_t i = 0; i < vectors; i++) acc[i] = splat(0);
    for (size_t r = 0; r < run_count; r++) {
        const uint8_t *row = values + (size_t)runs[r].start * row_bytes;
        for (uint32_t j = 0; j < runs[r].count; j++, row += row_bytes) {
            f8 p = splat(*scores++);
            UNROLL for (size_t i = 0; i < vectors; i++) {
                f8 weight = type == TS_Q8_0 ? p * splat(load_half(row + (first + i) / 4 * 34)) : p;
                acc[i] = fma8(weight, cached8(type, row, first + i), acc[i]);
            }
        }
    }
    UNROLL for (size_t i = 0; i < vectors; i++) {
        if (wanted >= 8 * i + 8) store8(out + 8 * i, acc[i]);
        else store_n(out + 8 * i, acc[i], wanted - 8 * i);
    }
}

INLINE void weigh_values(ts_type type, size_t width, const ts_run *runs, size_t run_count, const float *scores,
                         const uint8_t *values, size_t row_bytes, float *out) {
    size_t d = 0;
    for (; d + 64 <= width; d += 64)
        weigh_columns(type, d / 8, 8, runs, run_count, scores, values, row_bytes, 64, out + d);
    for (; d + 32 <= width; d += 32)
        weigh_columns(type, d / 8, 4, runs, run_count, scores, values, row_bytes, 32, out + d);
    for (; d + 16 <= width; d += 16)
        weigh_columns(type, d / 8, 2, runs, run_count, scores, values, row_bytes, 16, out + d);
    for (; d < width; d += 8)
        weigh_columns(type, d / 8, 1, runs, run_count, scores, values, row_bytes, width - d < 8 ? width - d : 8, out + d);
}

static void attention(const float *query, size_t width, const ts_run *runs, size_t run_count, ts_type key_type,
                      const void *keys, ts_type value_type, const void *values, float factor, float cap, float *scores,
                      float *out) {
    // Rows are padded with zeros to whole vectors or blocks; the query follows.
    float padded[TS_WIDEST_HEAD];
    const float *q = query;
    size_t n = (width + cache_step(key_type) - 1) / cache_step(key_type) * cache_step(key_type);
    if (width != n) {
        memcpy(padded, query, width * sizeof(float));
        memset(padded + width, 0, (n - width) * sizeof(float));
        q = padded;
    }
    size_t key_bytes = cache_row_bytes(key_type, width), value_bytes = cache_row_bytes(value_type, width), count = 0;
    switch (key_type) {
#define KEYS(TYPE) \
    case TYPE: count = score_keys(TYPE, q, n, key_bytes, runs, run_count, keys, factor, scores); break;
        KEYS(TS_F16)
        KEYS(TS_Q8_0)
        default: KEYS(TS_F32)
#undef KEYS
    }
    if (cap > 0) soft_cap(cap, count, scores);
    softmax(scores, count);
    switch (value_type) {
#define VALUES(TYPE) \
    case TYPE: weigh_values(TYPE, width, runs, run_count, scores, values, value_bytes, out); break;
        VALUES(TS_F16)
        VALUES(TS_Q8_0)
        default: VALUES(TS_F32)
#undef VALUES
    }
}
