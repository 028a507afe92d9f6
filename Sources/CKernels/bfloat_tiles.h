// Products of BF16 weights with floats, on AMX tiles. Part of kernels_body.h, with TS_AMX.
//
// A float is the sum of three BF16 numbers, exactly: eight bits of its significand each. Their products with BF16 weights
// are exact in floats too. Per 32 columns a tile sums those of even and of odd columns in order, adds both sums, and adds
// that to what it holds; every part of the activations has sums of its own, which are added last, the smallest first.
// Which of two factors is the left one, and what else a tile holds, changes no output: so one vector, for which weights
// are the left factor as they lie, gets the same bits as many, for which they are turned.
//
// An activation row in memory: three rows of BF16, the largest parts first, padded with zeros to a multiple of 32.

enum { PARTS = 3, TILE_COLUMNS = 32 };

INLINE size_t part_width(size_t K) { return (K + TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS; }

static size_t split_bytes(size_t K) { return PARTS * 2 * part_width(K); }

static void split_floats(const float *x, size_t K, uint8_t *out) {
    const size_t width = part_width(K);
    memset(out, 0, split_bytes(K));
    for (size_t k = 0; k < K; k += 8) {
        f8 v = K - k >= 8 ? load8(x + k) : load_n(x + k, K - k);
        const i8v cut = (i8v)splat(-0.0f) | 0x7FFF0000, size = (i8v)v & 0x7FFFFFFF;
        // What is not finite has no smaller parts; a NaN must not lose the bit that makes it one.
        const i8v is_finite = size < 0x7F800000, is_nan = size > 0x7F800000;
        v = (f8)((i8v)v | (is_nan & 0x00400000));
        for (int part = 0; part < PARTS; part++) {
            const i8v bits = (i8v)v & cut;
            const h8v words = __builtin_convertvector((u8v)bits >> 16, h8v);
            memcpy(out + 2 * (part * width + k), &words, sizeof words);
            v = (f8)((i8v)(v - (f8)bits) & is_finite);
        }
    }
}

// The tiles: sums of each part for one or two panels of weights, a factor from the weights and one from activations.
#define BFLOAT_SUMS 0
#define BFLOAT_LEFT 6
#define BFLOAT_RIGHT 7

/// Makes tiles ready, until `_tile_release`: left factors of `rows` rows, right ones of `columns` columns.
INLINE void begin_bfloat_tiles(size_t rows, size_t columns) {
    tile_shapes s = {.palette = 1};
    for (int t = BFLOAT_SUMS; t < BFLOAT_LEFT; t++) s.rows[t] = (uint8_t)rows, s.row_bytes[t] = (uint16_t)(4 * columns);
    s.rows[BFLOAT_LEFT] = (uint8_t)rows, s.row_bytes[BFLOAT_LEFT] = 2 * TILE_COLUMNS;
    s.rows[BFLOAT_RIGHT] = TILE_COLUMNS / 2, s.row_bytes[BFLOAT_RIGHT] = (uint16_t)(4 * columns);
    _tile_loadconfig(&s);
}

/// What the sums of an output's parts make.
INLINE f16v sum_of_parts(const float *sums, size_t stride) {
    return (load_wide(sums + 2 * stride) + load_wide(sums + stride)) + load_wide(sums);
}

// MARK: Few vectors

/// A vector times `count` rows, 16 at most, `stride` bytes apart.
INLINE void bfloat_rows(const uint8_t *w, size_t stride, size_t count, size_t K, const uint8_t *x, float *y) {
    _Alignas(64) uint8_t block[16][2 * TILE_COLUMNS];
    _Alignas(64) float sums[PARTS][16];
    const size_t part = 2 * part_width(K);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    for (size_t k = 0; k < K; k += TILE_COLUMNS) {
        if (count == 16 && K - k >= TILE_COLUMNS) {
            // Into the second-level cache: sixteen rows a power of two apart would drive each other out of the first.
            UNROLL for (size_t r = 0; r < 16; r++) __builtin_prefetch(w + r * stride + 2 * k + AHEAD, 0, 2);
            _tile_loadd(BFLOAT_LEFT, w + 2 * k, stride);
        } else {
            memset(block, 0, sizeof block);
            const size_t bytes = 2 * (K - k < TILE_COLUMNS ? K - k : TILE_COLUMNS);
            for (size_t r = 0; r < count; r++) memcpy(block[r], w + r * stride + 2 * k, bytes);
            _tile_loadd(BFLOAT_LEFT, block, sizeof block[0]);
        }
        // One column: a row of two numbers after the other, as they lie.
        _tile_loadd(BFLOAT_RIGHT, x + 2 * k, 4);
        _tile_dpbf16ps(0, BFLOAT_LEFT, BFLOAT_RIGHT);
        _tile_loadd(BFLOAT_RIGHT, x + part + 2 * k, 4);
        _tile_dpbf16ps(1, BFLOAT_LEFT, BFLOAT_RIGHT);
        _tile_loadd(BFLOAT_RIGHT, x + 2 * part + 2 * k, 4);
        _tile_dpbf16ps(2, BFLOAT_LEFT, BFLOAT_RIGHT);
    }
    _tile_stored(0, sums[0], 4);
    _tile_stored(1, sums[1], 4);
    _tile_stored(2, sums[2], 4);
    const f16v all = sum_of_parts(sums[0], 16);
    memcpy(y, &all, count * sizeof(float));
}

/// All rows times m vectors, sixteen rows at a time, one of each sixteenth of the matrix: long streams, as elsewhere.
static void bfloat_vectors(const uint8_t *w, size_t row_bytes, size_t rows, size_t K, const uint8_t *x, size_t ldx,
                           size_t m, const float *bias, float *y, size_t ldy) {
    const size_t sixteenth = rows / 16, whole = 16 * sixteenth;
    float sums[16];
    begin_bfloat_tiles(16, 1);
    for (size_t r = 0; r < sixteenth; r++) {
        for (size_t c = 0; c < m; c++) {
            bfloat_rows(w + r * row_bytes, sixteenth * row_bytes, 16, K, x + c * ldx, sums);
            for (size_t i = 0, to = r; i < 16; i++, to += sixteenth)
                y[c * ldy + to] = bias ? sums[i] + bias[to] : sums[i];
        }
    }
    for (size_t c = 0; whole < rows && c < m; c++) {
        bfloat_rows(w + whole * row_bytes, row_bytes, rows - whole, K, x + c * ldx, sums);
        for (size_t r = whole; r < rows; r++) y[c * ldy + r] = bias ? sums[r - whole] + bias[r] : sums[r - whole];
    }
    _tile_release();
}

// MARK: Many vectors

/// `count` rows, 16 at most, side by side: every two columns are a row of sixteen pairs; zeros where there are no more.
INLINE void turn_rows(const uint8_t *w, size_t row_bytes, size_t count, size_t K, uint8_t *panel) {
    for (size_t k = 0; k < K; k += TILE_COLUMNS, panel += 1024) {
        for (size_t half = 0; half < 2; half++) {
            for (size_t part = 0; part < 2; part++) {
                ub rows[8], turned[8];
                for (size_t i = 0; i < 8; i++) {
                    const size_t r = 8 * half + i, at = k + 16 * part;
                    rows[i] = (ub){0};
                    if (r >= count || at >= K) continue;
                    const uint8_t *from = w + r * row_bytes + 2 * at;
                    if (K - at >= 16) rows[i] = load_ub(from);
                    else memcpy(&rows[i], from, 2 * (K - at));
                }
                transpose8(rows, turned);
                for (size_t i = 0; i < 8; i++) memcpy(panel + 64 * (8 * part + i) + 32 * half, &turned[i], 32);
            }
        }
    }
}

/// `count` vectors, for which tiles are ready, times one panel or two.
INLINE void bfloat_panels(int has_two, const uint8_t *panels, size_t panel_size, size_t K, const uint8_t *x, size_t ldx,
                          size_t count, const float *bias, float *y, size_t ldy, size_t rows) {
    _Alignas(64) float sums[2][PARTS][16][16];
    const size_t part = 2 * part_width(K);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    if (has_two) {
        _tile_zero(3);
        _tile_zero(4);
        _tile_zero(5);
    }
    for (size_t k = 0; k < K; k += TILE_COLUMNS) {
        const uint8_t *b = panels + k / TILE_COLUMNS * 1024;
#define ADD_PART(P) \
    _tile_loadd(BFLOAT_LEFT, x + P * part + 2 * k, ldx); \
    _tile_loadd(BFLOAT_RIGHT, b, 64); \
    _tile_dpbf16ps(P, BFLOAT_LEFT, BFLOAT_RIGHT); \
    if (has_two) { \
        _tile_loadd(BFLOAT_RIGHT, b + panel_size, 64); \
        _tile_dpbf16ps(3 + P, BFLOAT_LEFT, BFLOAT_RIGHT); \
    }
        ADD_PART(0)
        ADD_PART(1)
        ADD_PART(2)
#undef ADD_PART
    }
    _tile_stored(0, sums[0][0], 64);
    _tile_stored(1, sums[0][1], 64);
    _tile_stored(2, sums[0][2], 64);
    if (has_two) {
        _tile_stored(3, sums[1][0], 64);
        _tile_stored(4, sums[1][1], 64);
        _tile_stored(5, sums[1][2], 64);
    }
    for (size_t c = 0; c < count; c++) {
        for (size_t r = 0; r < rows; r += 16) {
            f16v all = sum_of_parts(sums[r / 16][0][c], 256);
            const size_t left = rows - r < 16 ? rows - r : 16;
            if (bias) {
                f16v b = splat_wide(0);
                memcpy(&b, bias + r, left * sizeof(float));
                all += b;
            }
            memcpy(y + c * ldy + r, &all, left * sizeof(float));
        }
    }
}

static void multiply_split(const uint8_t *w, size_t row_bytes, size_t rows, size_t K, const uint8_t *x, size_t ldx,
                           size_t m, const float *bias, float *y, size_t ldy) {
    const size_t panel_size = 32 * part_width(K), together = m < 16 ? m : 16;
    uint8_t *panels = m >= TILE_VECTORS ? aligned_alloc(64, 2 * panel_size) : NULL;
    if (!panels) return bfloat_vectors(w, row_bytes, rows, K, x, ldx, m, bias, y, ldy);
    begin_bfloat_tiles(together, 16);
    for (size_t r = 0; r < rows; r += 32) {
        const size_t count = rows - r < 32 ? rows - r : 32;
        const int has_two = count > 16;
        turn_rows(w + r * row_bytes, row_bytes, has_two ? 16 : count, K, panels);
        if (has_two) turn_rows(w + (r + 16) * row_bytes, row_bytes, count - 16, K, panels + panel_size);
        // The next rows, also those of the next chunk.
        for (size_t i = 0; i < 32 * row_bytes; i += 64)
            __builtin_prefetch(w + (r + 32) * row_bytes + i, 0, 2);
        const float *b = bias ? bias + r : NULL;
        for (size_t c = 0; c < m; c += together) {
            // The last ones begin earlier where there are no more sixteen: some are done twice, to the same bits.
            const size_t first = m - c < together ? m - together : c;
            const uint8_t *xs = x + first * ldx;
            float *ys = y + first * ldy + r;
            if (has_two) bfloat_panels(1, panels, panel_size, K, xs, ldx, together, b, ys, ldy, count);
            else bfloat_panels(0, panels, panel_size, K, xs, ldx, together, b, ys, ldy, count);
        }
    }
    _tile_release();
    free(panels);
}
