// Products of several vectors with rows that are floats or become floats. Part of kernels_body.h.
//
// A panel of some rows' columns and a tile's vectors stay near until they have met (the blocking of Goto & van de Geijn
// 2008, with dot products in place of its outer ones, since every output has one order of additions: eight lanes along k,
// then the lanes). Many vectors are worth rows of floats; for few, writing those costs more than reading the numbers in
// the tiles, whose products leave a unit idle that shuffles; halves are converted as they are read, however many. Tiles
// leave their lanes in memory: adding them up at the end of each would hold up the next.

/// Vectors from which on rows of BF16 become floats.
#define MANY_VECTORS 96

/// Rows of a matrix, as stored or packed.
typedef struct {
    ts_type type;
    const uint8_t *rows;
    size_t row_bytes;
    /// NULL where they are as stored.
    const ts_packed *packed;
    /// The first of the packed ones, a multiple of eight.
    size_t first;
    size_t count, columns;
} row_source;

/// Some rows' columns from k on.
typedef struct {
    panel_kind kind;
    size_t row, rows, k, columns;
    /// Where tiles find them.
    const uint8_t *bytes;
    size_t row_bytes;
} panel;

/// Bytes of n numbers that are whole blocks.
INLINE size_t stored_bytes(ts_type type, size_t n) {
    switch (type) {
    case TS_F32: return 4 * n;
    case TS_F16:
    case TS_BF16: return 2 * n;
    case TS_Q8_0: return n / 32 * stored_block(type);
    default: return n / packed_block(type) * stored_block(type);
    }
}

/// Where a row lies from column k on.
INLINE const uint8_t *place_of(const row_source *s, size_t row, size_t k) {
    if (s->packed) return packed_place(s->packed, s->first + row, k);
    return s->rows + row * s->row_bytes + stored_bytes(s->type, k);
}

INLINE panel_kind kind_for(const row_source *s, size_t m) {
#ifdef TS_AVX512
    return OF_FLOATS;
#else
    if (s->columns % 8 || s->packed) return OF_FLOATS;
    if (s->type == TS_F16) return OF_F16;
    return s->type == TS_BF16 && m < MANY_VECTORS ? OF_BF16 : OF_FLOATS;
#endif
}

INLINE size_t whole_tiles(size_t rows) { return (rows + FLOAT_ROWS - 1) / FLOAT_ROWS * FLOAT_ROWS; }

/// Puts a panel's numbers where tiles can read them: `memory`, with room for `width` floats of every row of whole tiles and
/// one more, or where they are.
static void fill_panel(panel *p, const row_source *s, uint8_t *memory, size_t width) {
    const size_t whole = whole_tiles(p->rows), n = p->columns;
    if ((p->kind == OF_BF16 || p->kind == OF_F16) && whole == p->rows) {
        p->bytes = place_of(s, p->row, p->k);
        p->row_bytes = s->row_bytes;
        return;
    }
    p->bytes = memory;
    p->row_bytes = width * (p->kind == OF_FLOATS ? sizeof(float) : sizeof(uint16_t));
    for (size_t i = 0; i < whole; i++) {
        // Rows that fill a tile up are another's copies.
        const size_t source = i < p->rows ? p->row + i : p->row;
        uint8_t *to = memory + i * p->row_bytes;
        if (p->kind != OF_FLOATS) {
            memcpy(to, place_of(s, source, p->k), n * sizeof(uint16_t));
        } else {
#ifdef TS_AVX512
            float *row = (float *)(memory + whole * p->row_bytes);
#else
            float *row = (float *)to;
#endif
            if (s->packed) dequantise_packed_columns(s->packed, s->first + source, p->k, n, row);
            else dequantise(s->type, place_of(s, source, p->k), n, row);
            if (n % 8) memset(row + n, 0, (8 - n % 8) * sizeof(float));
#ifdef TS_AVX512
            place_floats(row, (n + 7) / 8, memory, p->row_bytes, i);
#endif
        }
    }
}

/// The same panel's columns from p's end on, or those of the next rows. Behind the last row it is of `most` rows that may
/// be multiplied next, or not be there.
INLINE panel next_panel(panel p, const row_source *s, size_t width, size_t most) {
    p.k += p.columns;
    if (p.k == s->columns) {
        p.k = 0, p.row += p.rows;
        p.rows = p.row < s->count && s->count - p.row < most ? s->count - p.row : most;
    }
    p.columns = s->columns - p.k < width ? s->columns - p.k : width;
    return p;
}

/// A panel's bytes as stored, which are asked for while the one before is multiplied.
typedef struct {
    const uint8_t *start;
    size_t stride, rows, lines;
} stored_panel;

INLINE stored_panel stored(const panel *p, const row_source *s) {
    const size_t bytes = s->packed ? p->columns / 32 * 48 : stored_bytes(s->type, p->columns);
    const uint8_t *start = place_of(s, p->row, p->k), *second = p->rows > 1 ? place_of(s, p->row + 1, p->k) : start;
    // Packed rows are equally far apart within their group of eight.
    const size_t rows = s->packed && p->rows > 8 ? 8 : p->rows;
    return (stored_panel){start, (size_t)(second - start), rows, bytes / 64 + 1};
}

/// Asks memory for lines of the rows from `row` on that a tile has.
INLINE void ask_for(const stored_panel *p, size_t row, size_t first, size_t count) {
    const uint8_t *start = p->start + row * p->stride;
    for (size_t r = row; r < row + FLOAT_ROWS && r < p->rows; r++, start += p->stride)
        for (size_t line = first; line < first + count && line < p->lines; line++)
            __builtin_prefetch(start + 64 * line, 0, 2);
}

/// y = W x + bias for m vectors.
static void multiply_rows(const row_source *s, const float *x, size_t ldx, size_t m, const float *bias, float *y,
                          size_t ldy) {
    const panel_kind kind = kind_for(s, m);
    // Floats leave room for few vectors in the first cache; many are read from afar, and meet as many rows as the second
    // has room for.
    const int is_near = kind == OF_FLOATS && m < MANY_VECTORS;
    const size_t most = m >= MANY_VECTORS ? 32 : is_near ? 8 : 16, K = s->columns;
    const size_t unit = packed_block(s->type) > 32 ? packed_block(s->type) : 32;
    const size_t widest = is_near ? 640 : 1024, panels = K > widest ? (K + widest - 1) / widest : 1;
    const size_t width = (K + panels * unit - 1) / (panels * unit) * unit;
    const size_t parts = (m + FLOAT_VECTORS - 1) / FLOAT_VECTORS;
    // Between panels the lanes of all vectors wait.
    const size_t waiting = (width < K ? m : FLOAT_VECTORS) * most * sizeof(f8);
    f8 *lanes = aligned_alloc(64, padded(waiting + (most + 1) * width * sizeof(float)));
    if (!lanes) abort();
    panel p = {.kind = kind, .rows = s->count < most ? s->count : most, .columns = width < K ? width : K};
    while (p.row < s->count) {
        const panel next = next_panel(p, s, width, most);
        const stored_panel soon = stored(&next, s);
        const size_t part = soon.lines / parts + 1;
        const int is_last = p.k + p.columns == K;
        fill_panel(&p, s, (uint8_t *)lanes + waiting, width);
        for (size_t c = 0, some, line = 0; c < m; c += some, line += part) {
            some = next_vectors(m - c, FLOAT_VECTORS);
            f8 *own = lanes + (width < K ? c * most : 0);
            // Where results go is far apart: it is asked for while they are made.
            for (size_t v = 0; v < some && is_last; v++)
                for (size_t r = 0; r < p.rows; r += 16) __builtin_prefetch(y + (c + v) * ldy + p.row + r, 1);
            for (size_t r = 0; r < p.rows; r += FLOAT_ROWS) {
                if (line < soon.lines) ask_for(&soon, r, line, part);
                tiles[p.kind][some - 1](
                    p.bytes + r * p.row_bytes, p.row_bytes, p.columns, x + c * ldx + p.k, ldx, p.k == 0, own + r, most);
            }
            for (size_t v = 0; v < some && is_last; v++)
                finish_sums(own + v * most, p.rows, bias ? bias + p.row : NULL, y + (c + v) * ldy + p.row);
        }
        p = next;
    }
    free(lanes);
}
