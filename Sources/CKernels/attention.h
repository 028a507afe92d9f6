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

/// Queries that are attended together.
#define TOGETHER TS_QUERIES_TOGETHER

/// The products of R cached keys and of several queries, `stride` floats apart: each as `dot_lanes` gives it, but a key is
/// read once for all.
INLINE void dot_lanes_together(ts_type type, int R, const float *q, size_t stride, const uint8_t *row, size_t row_bytes,
                               size_t n, f8 acc[2][TOGETHER]) {
    UNROLL for (int r = 0; r < R; r++) UNROLL for (int c = 0; c < TOGETHER; c++) acc[r][c] = splat(0);
    if (type != TS_Q8_0) {
        for (size_t i = 0; i < n / 8; i++) {
            f8 k[2];
            UNROLL for (int r = 0; r < R; r++) k[r] = cached8(type, row + (size_t)r * row_bytes, i);
            UNROLL for (int c = 0; c < TOGETHER; c++) {
                f8 x = load8(q + (size_t)c * stride + 8 * i);
                UNROLL for (int r = 0; r < R; r++) acc[r][c] = fma8(x, k[r], acc[r][c]);
            }
        }
        return;
    }
    UNROLL for (int r = 0; r < R; r++) {
        const uint8_t *b = row + (size_t)r * row_bytes;
        for (size_t i = 0; i < n / 8; i += 4) {
            f8 block[TOGETHER];
            UNROLL for (size_t j = 0; j < 4; j++) {
                f8 k = cached8(type, b, i + j);
                UNROLL for (int c = 0; c < TOGETHER; c++) {
                    f8 x = load8(q + (size_t)c * stride + 8 * (i + j));
                    block[c] = j == 0 ? x * k : fma8(x, k, block[c]);
                }
            }
            UNROLL for (int c = 0; c < TOGETHER; c++) acc[r][c] = fma8(splat(load_half(b + i / 4 * 34)), block[c], acc[r][c]);
        }
    }
}

/// Runs of one row each, as many sequences together leave them, lie too far apart for the processor to see what is next.
#define RUNS_AHEAD 8

/// Asks for the first row of run `r`, where there is one.
INLINE void ask_for_run(const ts_run *runs, size_t run_count, size_t r, const uint8_t *rows, size_t row_bytes) {
    if (r >= run_count) return;
    const uint8_t *row = rows + (size_t)runs[r].start * row_bytes;
    for (size_t i = 0; i < row_bytes; i += 64) __builtin_prefetch(row + i);
}

/// scores = factor · q·k for the keys in `runs`. Returns how many there are.
INLINE size_t score_keys(ts_type type, const float *q, size_t n, size_t row_bytes, const ts_run *runs, size_t run_count,
                         const uint8_t *keys, float factor, float *scores) {
    size_t count = 0;
    // Four keys at a time, whichever runs they are of.
    const uint8_t *four[4];
    int waiting = 0;
    for (size_t r = 0; r < run_count; r++) {
        const uint8_t *row = keys + (size_t)runs[r].start * row_bytes;
        ask_for_run(runs, run_count, r + RUNS_AHEAD, keys, row_bytes);
        for (uint32_t j = 0; j < runs[r].count; j++, row += row_bytes) {
            four[waiting++] = row;
            if (waiting < 4) continue;
            f4 s = sum8x4(dot_lanes(type, q, four[0], n), dot_lanes(type, q, four[1], n), dot_lanes(type, q, four[2], n),
                          dot_lanes(type, q, four[3], n));
            s *= factor;
            memcpy(scores + count, &s, sizeof s);
            count += 4, waiting = 0;
        }
    }
    for (int i = 0; i < waiting; i++) scores[count++] = sum8(dot_lanes(type, q, four[i], n)) * factor;
    return count;
}

/// The rows that query c sees behind the runs' last one, c of them.
INLINE const uint8_t *rows_behind(const ts_run *runs, size_t run_count, const uint8_t *rows, size_t row_bytes) {
    return rows + ((size_t)runs[run_count - 1].start + runs[run_count - 1].count) * row_bytes;
}

/// The products of `count` cached keys, at most eight, and of several queries: one after the other of each query.
INLINE void lanes_of_keys(ts_type type, uint32_t count, const float *q, size_t stride, const uint8_t *row, size_t row_bytes,
                          size_t n, f8 lanes[TOGETHER][8]) {
    for (uint32_t i = 0; i < 8; i += 2, row += 2 * row_bytes) {
        f8 acc[2][TOGETHER] = {0};
        if (i + 2 <= count) dot_lanes_together(type, 2, q, stride, row, row_bytes, n, acc);
        else if (i < count) dot_lanes_together(type, 1, q, stride, row, row_bytes, n, acc);
        UNROLL for (int c = 0; c < TOGETHER; c++) lanes[c][i] = acc[0][c], lanes[c][i + 1] = acc[1][c];
    }
}

/// `score_keys` for several queries, of which each sees a row more than the one before.
INLINE size_t score_keys_together(ts_type type, const float *q, size_t n, size_t row_bytes, const ts_run *runs,
                                  size_t run_count, const uint8_t *keys, float factor, float *scores, size_t ld) {
    size_t count = 0;
    for (size_t r = 0; r < run_count; r++) {
        const uint8_t *row = keys + (size_t)runs[r].start * row_bytes;
        for (uint32_t j = 0, some; j < runs[r].count; j += some, count += some, row += some * row_bytes) {
            // Eight keys' lanes are added up at once, which for short keys takes as long as their products.
            f8 lanes[TOGETHER][8];
            some = runs[r].count - j < 8 ? runs[r].count - j : 8;
            lanes_of_keys(type, some, q, n, row, row_bytes, n, lanes);
            UNROLL for (size_t c = 0; c < TOGETHER; c++) {
                const f8 s = sum8x8(lanes[c]) * splat(factor);
                if (some == 8) store8(scores + c * ld + count, s);
                else store_n(scores + c * ld + count, s, some);
            }
        }
    }
    const uint8_t *behind = rows_behind(runs, run_count, keys, row_bytes);
    for (size_t c = 1; c < TOGETHER; c++) {
        for (size_t i = 0; i < c; i++)
            scores[c * ld + count + i] = sum8(dot_lanes(type, q + c * n, behind + i * row_bytes, n)) * factor;
    }
    return count;
}

/// Adds p times columns 8·first..<8·(first + vectors) of a row of values.
INLINE void add_value(ts_type type, size_t first, size_t vectors, const uint8_t *row, f8 p, f8 *acc) {
    UNROLL for (size_t i = 0; i < vectors; i++) {
        f8 weight = type == TS_Q8_0 ? p * splat(load_half(row + (first + i) / 4 * 34)) : p;
        acc[i] = fma8(weight, cached8(type, row, first + i), acc[i]);
    }
}

INLINE void store_columns(const f8 *acc, size_t vectors, size_t wanted, float *out) {
    UNROLL for (size_t i = 0; i < vectors; i++) {
        if (wanted >= 8 * i + 8) store8(out + 8 * i, acc[i]);
        else store_n(out + 8 * i, acc[i], wanted - 8 * i);
    }
}

/// The weighted sum of columns 8·first..<8·(first + vectors) of the values, of which `wanted` are written.
INLINE void weigh_columns(ts_type type, size_t first, size_t vectors, const ts_run *runs, size_t run_count,
                          const float *scores, const uint8_t *values, size_t row_bytes, size_t wanted, float *out) {
    f8 acc[8];
    UNROLL for (size_t i = 0; i < vectors; i++) acc[i] = splat(0);
    for (size_t r = 0; r < run_count; r++) {
        const uint8_t *row = values + (size_t)runs[r].start * row_bytes;
        ask_for_run(runs, run_count, r + RUNS_AHEAD, values, row_bytes);
        for (uint32_t j = 0; j < runs[r].count; j++, row += row_bytes)
            add_value(type, first, vectors, row, splat(*scores++), acc);
    }
    store_columns(acc, vectors, wanted, out);
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

/// The same columns for several queries: per query the operations of `weigh_columns`, in their order.
INLINE void weigh_columns_together(ts_type type, size_t first, size_t vectors, const ts_run *runs, size_t run_count,
                                   const float *scores, size_t ld, const uint8_t *values, size_t row_bytes,
                                   size_t wanted, float *out, size_t ldo) {
    f8 acc[TOGETHER][2];
    UNROLL for (int c = 0; c < TOGETHER; c++) UNROLL for (size_t i = 0; i < vectors; i++) acc[c][i] = splat(0);
    for (size_t r = 0; r < run_count; r++) {
        const uint8_t *row = values + (size_t)runs[r].start * row_bytes;
        for (uint32_t j = 0; j < runs[r].count; j++, row += row_bytes, scores++) {
            UNROLL for (int c = 0; c < TOGETHER; c++)
                add_value(type, first, vectors, row, splat(scores[(size_t)c * ld]), acc[c]);
        }
    }
    const uint8_t *behind = rows_behind(runs, run_count, values, row_bytes);
    UNROLL for (int c = 0; c < TOGETHER; c++) {
        UNROLL for (int i = 0; i < c; i++)
            add_value(type, first, vectors, behind + (size_t)i * row_bytes, splat(scores[(size_t)c * ld + (size_t)i]), acc[c]);
        store_columns(acc[c], vectors, wanted, out + (size_t)c * ldo);
    }
}

INLINE void weigh_values_together(ts_type type, size_t width, const ts_run *runs, size_t run_count, const float *scores,
                                  size_t ld, const uint8_t *values, size_t row_bytes, float *out, size_t ldo) {
    size_t d = 0;
    for (; d + 16 <= width; d += 16)
        weigh_columns_together(type, d / 8, 2, runs, run_count, scores, ld, values, row_bytes, 16, out + d, ldo);
    for (; d < width; d += 8)
        weigh_columns_together(type, d / 8, 1, runs, run_count, scores, ld, values, row_bytes, width - d < 8 ? width - d : 8,
                               out + d, ldo);
}

INLINE float round_to_bfloat(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000;
    memcpy(&x, &bits, 4);
    return x;
}

/// ALiBi (Press et al. 2022): a key's place times the head's slope, place and product in bfloat16 as Falcon has them.
INLINE void add_places(float slope, float factor, size_t n, float *scores) {
    for (size_t i = 0; i < n; i++) scores[i] += round_to_bfloat(slope * round_to_bfloat((float)i)) * factor;
}

static void attention(const ts_head *head, const float *query, size_t ldq, size_t queries, const ts_run *runs,
                      size_t run_count, float *scores, size_t ld, float *out, size_t ldo) {
    // Rows are padded with zeros to whole vectors or blocks; the queries follow, side by side.
    float padded[TOGETHER * 256], *q = padded, *memory = NULL;
    const size_t width = head->width, step = cache_step(head->key_type), n = (width + step - 1) / step * step;
    if (n > 256) q = memory = malloc(TOGETHER * n * sizeof(float));
    if (!q) abort();
    for (size_t c = 0; c < queries; c++) {
        memcpy(q + c * n, query + c * ldq, width * sizeof(float));
        memset(q + c * n + width, 0, (n - width) * sizeof(float));
    }
    const size_t key_bytes = cache_row_bytes(head->key_type, width), value_bytes = cache_row_bytes(head->value_type, width);
    const int together = queries == TOGETHER;
    for (size_t r = 0; r < RUNS_AHEAD && !together; r++) {
        ask_for_run(runs, run_count, r, head->keys, key_bytes);
        ask_for_run(runs, run_count, r, head->values, value_bytes);
    }
    size_t count = 0;
    switch (head->key_type) {
#define KEYS(TYPE) \
    case TYPE: \
        count = together ? score_keys_together(TYPE, q, n, key_bytes, runs, run_count, head->keys, head->scale, scores, ld) \
                         : score_keys(TYPE, q, n, key_bytes, runs, run_count, head->keys, head->scale, scores); \
        break;
        KEYS(TS_F16)
        KEYS(TS_Q8_0)
        default: KEYS(TS_F32)
#undef KEYS
    }
    free(memory);
    for (size_t c = 0; c < queries; c++) {
        if (head->slope != 0) add_places(head->slope, head->scale, count + c, scores + c * ld);
        if (head->cap > 0) soft_cap(head->cap, count + c, scores + c * ld);
        softmax(scores + c * ld, count + c);
    }
    switch (head->value_type) {
#define VALUES(TYPE) \
    case TYPE: \
        if (together) weigh_values_together(TYPE, width, runs, run_count, scores, ld, head->values, value_bytes, out, ldo); \
        else weigh_values(TYPE, width, runs, run_count, scores, head->values, value_bytes, out); \
        break;
        VALUES(TS_F16)
        VALUES(TS_Q8_0)
        default: VALUES(TS_F32)
#undef VALUES
    }
}
