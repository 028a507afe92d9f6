// Products of packed weights with many vectors of bytes, on AMX tiles. Part of kernels_body.h, with TS_AMX.
//
// A tile of weights is a part of a panel (wide_quantised.h) that shares its scales, one of activations the same places of
// sixteen vectors as they lie; their product is sixteen by sixteen exact sums. What is done with those is what `wide_tile`
// does, in its order, so results are its own.

/// Vectors from which on tiles are faster than `wide_tile`.
#define TILE_VECTORS 8

/// What a processor reads that is to use tiles.
typedef struct {
    uint8_t palette, start, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_shapes;
_Static_assert(sizeof(tile_shapes) == 64, "64 bytes");

// The tiles: sums of sixteen vectors and of those that are left, their activations, and weights.
#define SUMS 0
#define REST_SUMS 1
#define ACTIVATIONS 2
#define REST_ACTIVATIONS 3
#define WEIGHTS 4

/// Numbers that share a scale, and so a product of tiles.
INLINE int tile_numbers(ts_type type) { return type == TS_Q2_K || type == TS_Q3_K || type == TS_Q6_K ? 16 : 32; }

/// Makes tiles ready for products of 16 and of `rest` vectors, until `_tile_release`.
INLINE void begin_tiles(ts_type type, size_t rest) {
    tile_shapes s = {.palette = 1};
    const uint8_t left = rest ? (uint8_t)rest : 1;
    s.rows[SUMS] = s.rows[ACTIVATIONS] = 16;
    s.rows[REST_SUMS] = s.rows[REST_ACTIVATIONS] = left;
    s.rows[WEIGHTS] = (uint8_t)(tile_numbers(type) / 4);
    s.row_bytes[SUMS] = s.row_bytes[REST_SUMS] = s.row_bytes[WEIGHTS] = 64;
    s.row_bytes[ACTIVATIONS] = s.row_bytes[REST_ACTIVATIONS] = (uint16_t)tile_numbers(type);
    _tile_loadconfig(&s);
}

typedef struct {
    _Alignas(64) int32_t of[16][16];
} tile_sums;

/// of[c][r] = Σ of the products of the activations at x + c·ldx and row r's bytes.
INLINE void multiply_tiles(int is_rest, const uint8_t *x, size_t ldx, const void *bytes, tile_sums *sums) {
    if (is_rest) {
        _tile_zero(REST_SUMS);
        _tile_loadd(REST_ACTIVATIONS, x, ldx);
        _tile_loadd(WEIGHTS, bytes, 64);
        _tile_dpbssd(REST_SUMS, REST_ACTIVATIONS, WEIGHTS);
        _tile_stored(REST_SUMS, sums->of, 64);
    } else {
        _tile_zero(SUMS);
        _tile_loadd(ACTIVATIONS, x, ldx);
        _tile_loadd(WEIGHTS, bytes, 64);
        _tile_dpbssd(SUMS, ACTIVATIONS, WEIGHTS);
        _tile_stored(SUMS, sums->of, 64);
    }
}

/// Every vector of sixteen, or of fewer that are left: one instruction stream, so that sums stay in registers.
#define EACH_VECTOR(C) \
    UNROLL for (size_t C = 0; C < 16; C++) \
        if (!is_rest || C < count)

/// Sixteen rows, whose panels are `centred`, times `count` vectors: 16, or with `is_rest` those for which tiles are ready.
INLINE void tiled(ts_type type, int is_rest, size_t count, const void *panels, size_t K, const uint8_t *x, size_t ldx,
                  const float *bias, float *y, size_t ldy) {
    f16v acc[16];
    tile_sums sums;
    UNROLL for (size_t c = 0; c < 16; c++) acc[c] = splat_wide(0);
    if (is_long(type)) {
        const wide_long *panel = panels;
        const size_t numbers = (size_t)tile_numbers(type);
        for (size_t block = 0; block < K / 256; block++, panel++) {
            i16v total[16];
            UNROLL for (size_t c = 0; c < 16; c++) total[c] = (i16v){0};
            for (size_t k = 0; k < 256; k += numbers) {
                multiply_tiles(is_rest, x + 256 * block + k, ldx, panel->bytes[k / 4], &sums);
                const i16v scales = load_integers(panel->scales[k / 16]);
                EACH_VECTOR(c) total[c] += load_integers(sums.of[c]) * scales;
            }
            EACH_VECTOR(c) {
                const activations a = activation_row(1, x + c * ldx, K);
                const f16v d = splat_wide(a.scales[block]);
                if (has_offsets(type) && !has_one_factor(type)) {
                    i16v minus = {0};
                    UNROLL for (size_t j = 0; j < 8; j++)
                        minus = dot_words_wide(minus, load_integers(panel->offsets[j]),
                                               splat_bits_wide(a.parts + 16 * block + 2 * j));
                    acc[c] = fma_wide(-load_wide(panel->offset) * d, floats_wide(minus), acc[c]);
                }
                acc[c] = fma_wide(load_wide(panel->scale) * d, floats_wide(total[c]), acc[c]);
            }
        }
    } else {
        const wide_short *panel = panels;
        for (size_t block = 0; block < K / 32; block++, panel++) {
            multiply_tiles(is_rest, x + 32 * block, ldx, panel->bytes, &sums);
            const f16v scales = load_wide(panel->scales);
            EACH_VECTOR(c) {
                const activations a = activation_row(0, x + c * ldx, K);
                if (has_offset(type)) acc[c] = fma_wide(load_wide(panel->offsets), splat_wide(a.totals[block]), acc[c]);
                acc[c] = fma_wide(scales * splat_wide(a.scales[block]), floats_wide(load_integers(sums.of[c])), acc[c]);
            }
        }
    }
    EACH_VECTOR(c) {
        if (bias) acc[c] += load_wide(bias);
        memcpy(y + c * ldy, &acc[c], sizeof acc[c]);
    }
}
