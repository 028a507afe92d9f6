// Products of BF16 matrices packed into twelve bits a number, exactly. Part of kernels_body.h.
//
// A BF16 number is a high byte, its sign and all but the last bit of its exponent, and a low byte. Of the 256 high bytes
// a trained matrix uses few: the sixteen that are most frequent in eight neighbouring rows hold all but some in ten
// thousand of their numbers. So the low bytes stay, a high byte becomes the four bits of its place among the sixteen, and
// the odd numbers' high bytes stand in a list. Generation reads a quarter less memory, which is what it waits for.

/// The most vectors that packed rows meet at once, while memory brings them.
#define FEW_PACKED 6

/// A group's sixteen high bytes, ready for `packed_high`.
INLINE ub packed_table(const uint8_t *table) {
#ifdef TS_SHUFFLE
    return (ub)_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));
#else
    ub v = {0};
    memcpy(&v, table, 16);
    return v;
#endif
}

/// The high bytes of 32 numbers by their codes: the low halves of 16 bytes first.
INLINE ub packed_high(const uint8_t *codes, ub table) {
#ifdef TS_SHUFFLE
    __m256i both = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)codes));
    both = _mm256_srlv_epi32(both, _mm256_setr_epi32(0, 0, 0, 0, 4, 4, 4, 4));
    return (ub)_mm256_shuffle_epi8((__m256i)table, _mm256_and_si256(both, _mm256_set1_epi8(15)));
#else
    uint8_t of[32], bytes[32];
    memcpy(of, &table, sizeof of);
    for (int i = 0; i < 16; i++) bytes[i] = of[codes[i] & 15], bytes[16 + i] = of[codes[i] >> 4];
    return load_ub(bytes);
#endif
}

/// Vector j of the four that 32 numbers are, from their low and high bytes.
INLINE f8 packed_numbers(ub low, ub high, int j) {
#ifdef TS_SHUFFLE
    __m256i words = j < 2 ? _mm256_unpacklo_epi8((__m256i)low, (__m256i)high)
                          : _mm256_unpackhi_epi8((__m256i)low, (__m256i)high);
    return (f8)(j % 2 ? _mm256_and_si256(words, _mm256_set1_epi32((int)0xFFFF0000)) : _mm256_slli_epi32(words, 16));
#else
    uint8_t l[32], h[32];
    uint32_t bits[8];
    memcpy(l, &low, sizeof l), memcpy(h, &high, sizeof h);
    for (int i = 0; i < 8; i++) {
        const int at = i / 4 * 16 + j / 2 * 8 + i % 4 * 2 + j % 2;
        bits[i] = (uint32_t)h[at] << 24 | (uint32_t)l[at] << 16;
    }
    return load8(bits);
#endif
}

// There are not registers enough for several rows in flight, which compilers would choose.
#ifdef TS_SHUFFLE
#define ROW_BY_ROW(POINTER, SUM) __asm__ volatile("" : "+r"(POINTER), "+x"(SUM))
#else
#define ROW_BY_ROW(POINTER, SUM)
#endif

/// A row's sums with C vectors, `ldx` apart, over 32 columns more.
INLINE void add_packed(int C, ub low, ub high, const float *x, size_t ldx, f8 *sums) {
    UNROLL for (int j = 0; j < 4; j++) {
        const f8 numbers = packed_numbers(low, high, j);
        UNROLL for (int c = 0; c < C; c++) sums[c] = fma8(numbers, load8(x + (size_t)c * ldx + 8 * j), sums[c]);
    }
}

/// Eight rows' sums over 32 columns more: `b` is the first row's chunk, the others are `stride` apart.
INLINE void packed_chunk(int C, const uint8_t *b, size_t stride, ub table, const float *x, size_t ldx,
                         f8 sums[8][FEW_PACKED]) {
    UNROLL for (int r = 0; r < 8; r++) {
        const uint8_t *own = b + (size_t)r * stride;
        if (C == 1) ROW_BY_ROW(x, sums[r][0]);
        add_packed(C, load_ub(own + 16), packed_high(own, table), x, ldx, sums[r]);
        // One vector's sums have registers; those of more would be moved about.
        if (C > 1) FROM_MEMORY(sums);
    }
}

/// A group's eight rows times C vectors: y[c][r].
INLINE void packed_group(int C, const ts_packed *p, size_t group, const float *x, size_t ldx, float *y, size_t ldy) {
    const size_t chunks = p->columns / 32, stride = p->stream;
    f8 sums[8][FEW_PACKED];
    UNROLL for (int r = 0; r < 8; r++) UNROLL for (int c = 0; c < C; c++) sums[r][c] = splat(0);
    const ub table = packed_table(p->tables[group]);
    const uint8_t *b = p->bytes + group * chunks * 48;
    const ts_odd_number *odd = p->odd + p->first[group], *end = p->odd + p->first[group + 1];
    for (size_t k = 0; k < chunks; k++, b += 48) {
        const size_t stop = odd < end ? odd->chunk : chunks;
        for (; k < stop; k++, b += 48) {
            UNROLL for (int r = 0; r < 8; r++) __builtin_prefetch(b + (size_t)r * stride + AHEAD);
            packed_chunk(C, b, stride, table, x + 32 * k, ldx, sums);
        }
        if (k == chunks) break;
        uint8_t high[8][32];
        for (int r = 0; r < 8; r++) {
            ub bytes = packed_high(b + (size_t)r * stride, table);
            memcpy(high[r], &bytes, sizeof bytes);
        }
        for (; odd < end && odd->chunk == k; odd++) high[odd->row][odd->at] = odd->high;
        for (int r = 0; r < 8; r++)
            add_packed(C, load_ub(b + (size_t)r * stride + 16), load_ub(high[r]), x + 32 * k, ldx, sums[r]);
    }
    UNROLL for (int c = 0; c < C; c++) {
        f8 own[8];
        UNROLL for (int r = 0; r < 8; r++) own[r] = sums[r][c];
        store8(y + (size_t)c * ldy, sum8x8(own));
    }
}

/// C vectors. The rows of a group lie far apart, those of neighbouring groups one after another: eight long streams.
INLINE void packed_groups(int C, const ts_packed *p, size_t row, size_t rows, const float *x, size_t ldx,
                          const float *bias, float *y, size_t ldy) {
    for (size_t group = row / 8; group < (row + rows) / 8; group++, y += 8) {
        packed_group(C, p, group, x, ldx, y, ldy);
        UNROLL for (size_t c = 0; bias && c < (size_t)C; c++)
            store8(y + c * ldy, load8(y + c * ldy) + load8(bias + (group * 8 - row)));
    }
}

static void multiply_few_packed(const ts_packed *p, size_t row, size_t rows, const float *x, size_t ldx, size_t m,
                                const float *bias, float *y, size_t ldy) {
    switch (m) {
#define VECTORS(C) \
    case C: return packed_groups(C, p, row, rows, x, ldx, bias, y, ldy);
        VECTORS(1) VECTORS(2) VECTORS(3) VECTORS(4) VECTORS(5) VECTORS(6)
#undef VECTORS
    }
}

/// Where a row's columns lie from k on, a multiple of 32.
INLINE const uint8_t *packed_place(const ts_packed *p, size_t row, size_t k) {
    return p->bytes + row % 8 * p->stream + (row / 8 * (p->columns / 32) + k / 32) * 48;
}

/// n numbers of a row from column k on, both multiples of 32.
static void dequantise_packed_columns(const ts_packed *p, size_t row, size_t k, size_t n, float *out) {
    const ub table = packed_table(p->tables[row / 8]);
    const uint8_t *b = packed_place(p, row, k);
    for (size_t c = 0; c < n; c += 32, b += 48) {
        const ub low = load_ub(b + 16), high = packed_high(b, table);
        UNROLL for (int j = 0; j < 4; j++) store8(out + c + 8 * j, packed_numbers(low, high, j));
    }
    const ts_odd_number *odd = p->odd + p->first[row / 8], *end = p->odd + p->first[row / 8 + 1];
    for (; odd < end && odd->chunk < (k + n) / 32; odd++) {
        if (odd->row != row % 8 || odd->chunk < k / 32) continue;
        float *number = out + 32 * ((size_t)odd->chunk - k / 32) + odd->number;
        uint32_t bits;
        memcpy(&bits, number, sizeof bits);
        bits = (bits & 0x00FFFFFF) | (uint32_t)odd->high << 24;
        memcpy(number, &bits, sizeof bits);
    }
}

static void dequantise_packed(const ts_packed *p, size_t row, float *out) {
    dequantise_packed_columns(p, row, 0, p->columns, out);
}
