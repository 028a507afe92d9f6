// Products of packed weights with activations quantised to bytes. Part of kernels_body.h.
//
// Activations are quantised as ggml does for the same weight type, so that results are comparable: for types with
// blocks of 32, q = round(127 x / max |x|) for every 32 numbers, their scale d = max |x| / 127 in half precision, and so
// d·Σq, which the weights' offsets are multiplied by; for types with blocks of 256, q = round(−127 x / m) for every 256,
// m being the number of largest magnitude, and d a float. Products and sums inside a block are exact integers; an output
// then adds its blocks in order, one fused product each. So the result does not depend on how many rows or vectors are
// multiplied together, nor on how their bytes are laid out while they are.

#include "byte_operations.h"
#include "unpacking.h"
#include "activations.h"
#include "quantised_vector.h"
#include "quantised_panels.h"
#ifdef TS_AVX512
#include "wide_quantised.h"
#endif

INLINE void quantised_type(ts_type type, const uint8_t *w, size_t row_bytes, ts_part part, size_t K, const uint8_t *x,
                           size_t ldx, size_t m, const float *bias, float *y, size_t ldy) {
    // Unpacking into memory pays for more vectors.
    if (m <= FEW_VECTORS) return quantised_streams(type, w, row_bytes, part, K, x, ldx, m, bias, y, ldy);
    size_t begin = part.first;
#ifdef TS_AVX512
    begin += wide_quantised(type, w + begin * row_bytes, row_bytes, part.end - begin, K, x, ldx, m,
                            bias ? bias + begin : NULL, y + begin, ldy);
#endif
    const size_t rows = part.end - begin;
    w += begin * row_bytes, y += begin;
    if (bias) bias += begin;
    if (!rows) return;
    const size_t own = panel_bytes(type, K);
    uint8_t *panels = aligned_alloc(64, padded(2 * own));
    if (!panels) abort();
    size_t most = PANEL_BYTES / ldx / 4 * 4;
    if (most < 32) most = 32;
    const size_t whole = rows / 8 * 8;
    for (size_t first = 0; first < m; first += most) {
        const size_t count = m - first < most ? m - first : most;
        const uint8_t *xs = x + first * ldx;
        float *ys = y + first * ldy;
        const size_t blocks = is_long(type) ? K / 256 : K / 32, tiles = count / 4 ? count / 4 : 1;
        for (size_t r = 0, some; r < whole; r += some) {
            // Two panels of long blocks, which have their scales beside them, leave few vectors no room in the first cache.
            some = whole - r >= 16 && (!is_long(type) || count >= 64) ? 16 : 8;
            for (size_t i = 0; i < some; i += 8)
                unpack_rows(type, w + (r + i) * row_bytes, row_bytes, K, panels + i / 8 * own);
            // The next rows come from memory while these are multiplied, some with every tile: behind the last one, too,
            // where a thread's next chunk begins. To ask for what is not there does no harm.
            const uint8_t *ahead = w + (r + some) * row_bytes, *end = ahead + some * row_bytes;
            const size_t step = (some * row_bytes / (blocks * tiles) + 63) / 64 * 64;
            size_t c = 0;
            for (; c + 4 <= count; c += 4, ahead += step * blocks) {
                const size_t asked = ahead < end ? step : 0;
                const uint8_t *vectors = xs + c * ldx;
                const float *b = bias ? bias + r : NULL;
                float *out = ys + c * ldy + r;
                if (some == 16) panel_tile(type, 2, 4, panels, own, K, vectors, ldx, b, out, ldy, ahead, asked);
                else panel_tile(type, 1, 4, panels, own, K, vectors, ldx, b, out, ldy, ahead, asked);
            }
            for (; c < count; c++) {
                for (size_t i = 0; i < some; i += 8)
                    panel_tile(type, 1, 1, panels + i / 8 * own, own, K, xs + c * ldx, ldx, bias ? bias + r + i : NULL,
                               ys + c * ldy + r + i, ldy, ahead, 0);
            }
        }
        last_quantised_rows(type, w + whole * row_bytes, row_bytes, rows - whole, K, xs, ldx, count,
                            bias ? bias + whole : NULL, ys + whole, ldy);
    }
    free(panels);
}

#ifdef TS_AMX
#include "bfloat_tiles.h"
#endif

static void multiply_quantised(ts_type type, const void *w, size_t row_bytes, ts_part rows, size_t K, const void *x,
                               size_t ldx, size_t m, const float *bias, float *y, size_t ldy) {
    switch (type) {
#ifdef TS_AMX
    case TS_BF16:
        return multiply_split((const uint8_t *)w + rows.first * row_bytes, row_bytes, rows.end - rows.first, K, x, ldx, m,
                              bias ? bias + rows.first : NULL, y + rows.first, ldy);
#endif
    case TS_Q8_0: return quantised_type(TS_Q8_0, w, row_bytes, rows, K, x, ldx, m, bias, y, ldy);
#define TYPE(NAME, COUNT, BYTES) \
    case NAME: return quantised_type(NAME, w, row_bytes, rows, K, x, ldx, m, bias, y, ldy);
        EACH_PACKED(TYPE)
#undef TYPE
    default: return;
    }
}
