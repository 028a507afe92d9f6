// Activations quantised to bytes. Part of quantised_products.h.
//
// An activation row in memory: K bytes q; then a float scale d for every block; then for every block of 32 the integer
// Σq and the float d·Σq, 32 bits each, or as 16-bit integers Σq for every 16 numbers of a block of 256.

INLINE int is_long(ts_type type) { return packed_block(type) == 256; }

#ifdef TS_AMX
static void split_floats(const float *x, size_t K, uint8_t *out);
static void multiply_split(const uint8_t *w, size_t row_bytes, size_t rows, size_t K, const uint8_t *x, size_t ldx,
                           size_t m, const float *bias, float *y, size_t ldy);
static size_t split_bytes(size_t K);
#endif

static size_t activation_bytes(ts_type type, size_t K) {
#ifdef TS_AMX
    if (type == TS_BF16) return split_bytes(K);
#endif
    if (type == TS_Q8_0 || packed_block(type) == 32) return padded(K + K / 32 * 12);
    return is_long(type) ? padded(K + K / 256 * 4 + K / 16 * 2) : 0;
}

typedef struct {
    const int8_t *q;
    const float *scales;
    /// Blocks of 32: Σq, and d·Σq.
    const int32_t *sums;
    const float *totals;
    /// Blocks of 256: Σq of every 16.
    const int16_t *parts;
} activations;

INLINE activations activation_row(int is_long_type, const uint8_t *row, size_t K) {
    activations a = {(const int8_t *)row, (const float *)(row + K), NULL, NULL, NULL};
    if (is_long_type) {
        a.parts = (const int16_t *)(row + K + K / 256 * 4);
    } else {
        a.sums = (const int32_t *)(row + K + K / 32 * 4);
        a.totals = (const float *)(row + K + K / 32 * 8);
    }
    return a;
}

/// Rounds to the nearest integer, ties to even; |x| < 2^22.
INLINE i8v nearest(f8 x) {
    const f8 magic = splat(12582912.0f);
    return (i8v)(x + magic) - (i8v)magic;
}

/// Eight numbers times `factor`, rounded, at most 127. Returns their sum.
INLINE i8v quantise8(const float *x, f8 factor, int8_t *q) {
    i8v v = nearest(load8(x) * factor);
    const i8v most = {127, 127, 127, 127, 127, 127, 127, 127};
    i8v over = v > most;
    v = (over & most) | (~over & v);
    b8v bytes = __builtin_convertvector(v, b8v);
    memcpy(q, &bytes, sizeof bytes);
    return v;
}

INLINE int sum_lanes(i8v v) { return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])); }

/// 0, or NaN where a number is not finite, so that a fault goes on into every result.
INLINE float fault(const float *x, size_t n) {
    f8 sum = splat(0);
    for (size_t i = 0; i < n; i += 8) sum += load8(x + i) * splat(0);
    return sum8(sum);
}

/// The half nearest to x; x itself where that is zero or infinity, which would lose the block.
INLINE float as_half(float x) {
    float h = round_to_half(x);
    return h == 0 || h - h != 0 ? x : h;
}

static void quantise_short(const float *x, size_t K, uint8_t *out) {
    int8_t *q = (int8_t *)out;
    float *scales = (float *)(out + K);
    int32_t *sums = (int32_t *)(out + K + K / 32 * 4);
    float *totals = (float *)(out + K + K / 32 * 8);
    const i8v all = (i8v)splat(-0.0f);
    for (size_t block = 0; block < K / 32; block++, x += 32, q += 32) {
        f8 m = splat(0);
        UNROLL for (int j = 0; j < 32; j += 8) m = max8((f8)(~all & (i8v)load8(x + j)), m);
        float largest = 0;
        UNROLL for (int i = 0; i < 8; i++) largest = m[i] > largest ? m[i] : largest;
        float wrong = fault(x, 32);
        if (wrong != 0 || largest == 0) {
            memset(q, 0, 32);
            scales[block] = totals[block] = wrong;
            sums[block] = 0;
            continue;
        }
        float d = largest / 127;
        f8 factor = splat(127 / largest);
        i8v sum = {0};
        UNROLL for (int j = 0; j < 32; j += 8) sum += quantise8(x + j, factor, q + j);
        scales[block] = as_half(d);
        sums[block] = sum_lanes(sum);
        totals[block] = as_half(d * (float)sums[block]);
    }
}

static void quantise_long(const float *x, size_t K, uint8_t *out) {
    int8_t *q = (int8_t *)out;
    float *scales = (float *)(out + K);
    int16_t *parts = (int16_t *)(out + K + K / 256 * 4);
    for (size_t block = 0; block < K / 256; block++, x += 256, q += 256, parts += 16) {
        f8 high = splat(0), low = splat(0);
        for (int j = 0; j < 256; j += 8) {
            f8 v = load8(x + j);
            high = max8(v, high);
            low = select8(v < low, v, low);
        }
        float most = 0, least = 0;
        UNROLL for (int i = 0; i < 8; i++) {
            most = high[i] > most ? high[i] : most;
            least = low[i] < least ? low[i] : least;
        }
        float largest = most;
        if (-least > most) largest = least;
        else if (-least == most) {
            // Of two of one size the first counts.
            for (int j = 0; j < 256; j++) {
                if (x[j] == most || x[j] == least) {
                    largest = x[j];
                    break;
                }
            }
        }
        float wrong = fault(x, 256);
        if (wrong != 0 || largest == 0) {
            memset(q, 0, 256);
            memset(parts, 0, 32);
            scales[block] = wrong;
            continue;
        }
        float factor = -127 / largest;
        for (int j = 0; j < 256; j += 16) {
            i8v sum = quantise8(x + j, splat(factor), q + j) + quantise8(x + j + 8, splat(factor), q + j + 8);
            parts[j / 16] = (int16_t)sum_lanes(sum);
        }
        scales[block] = 1 / factor;
    }
}

static void quantise(ts_type type, const float *x, size_t K, void *out) {
#ifdef TS_AMX
    if (type == TS_BF16) return split_floats(x, K, out);
#endif
    if (is_long(type)) quantise_long(x, K, out);
    else quantise_short(x, K, out);
}
