// The kernels, written once over 8-lane vectors and compiled once per instruction set. The including file defines
// TS_NAME (the table's name), TS_ISA (its text) and, where the set has them, TS_FMA, TS_F16C, TS_SHUFFLE,
// TS_AVX512 and TS_AMX.

#include "ckernels.h"
#include "row_streams.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#pragma clang diagnostic ignored "-Wpsabi"
// Contraction would depend on where the compiler sees a product next to a sum; fused products are written out.
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float f8 __attribute__((vector_size(32)));
typedef float f4 __attribute__((vector_size(16)));
typedef double d4 __attribute__((vector_size(32)));
typedef int32_t i8v __attribute__((vector_size(32)));
typedef uint32_t u8v __attribute__((vector_size(32)));
typedef uint16_t h8v __attribute__((vector_size(16)));
typedef int8_t b8v __attribute__((vector_size(8)));
typedef uint8_t ub __attribute__((vector_size(32)));

/// Bytes ahead of its use that memory is asked for.
#define AHEAD 512

/// Bytes of whole cache lines.
INLINE size_t padded(size_t n) { return (n + 63) & ~(size_t)63; }

INLINE f8 load8(const void *p) {
    f8 v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE ub load_ub(const uint8_t *p) {
    ub v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store8(float *p, f8 v) { memcpy(p, &v, sizeof v); }

/// The first n < 8 numbers, zeros after them.
INLINE f8 load_n(const float *p, size_t n) {
    float t[8] = {0};
    memcpy(t, p, n * sizeof(float));
    return load8(t);
}

INLINE void store_n(float *p, f8 v, size_t n) { memcpy(p, &v, n * sizeof(float)); }

INLINE f8 splat(float x) { return (f8){x, x, x, x, x, x, x, x}; }

INLINE f8 fma8(f8 a, f8 b, f8 c) {
#ifdef TS_FMA
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;
#endif
}

INLINE float fused(float a, float b, float c) {
#ifdef TS_FMA
    return __builtin_fmaf(a, b, c);
#else
    return a * b + c;
#endif
}

INLINE f8 select8(i8v mask, f8 yes, f8 no) { return (f8)((mask & (i8v)yes) | (~mask & (i8v)no)); }
INLINE f8 max8(f8 a, f8 b) { return select8(a > b, a, b); }

INLINE f4 halves(f8 v) {
    return __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
}

/// The one order in which eight lanes become a number: i + (i + 4), then even + even and odd + odd, then both.
INLINE float sum8(f8 v) {
    f4 s = halves(v);
    return (s[0] + s[2]) + (s[1] + s[3]);
}

/// Four such sums at once.
INLINE f4 sum8x4(f8 a, f8 b, f8 c, f8 d) {
    f4 p = halves(a), q = halves(b), r = halves(c), s = halves(d);
    f4 pq02 = __builtin_shufflevector(p, q, 0, 4, 2, 6), pq13 = __builtin_shufflevector(p, q, 1, 5, 3, 7);
    f4 rs02 = __builtin_shufflevector(r, s, 0, 4, 2, 6), rs13 = __builtin_shufflevector(r, s, 1, 5, 3, 7);
    f4 c0 = __builtin_shufflevector(pq02, rs02, 0, 1, 4, 5), c2 = __builtin_shufflevector(pq02, rs02, 2, 3, 6, 7);
    f4 c1 = __builtin_shufflevector(pq13, rs13, 0, 1, 4, 5), c3 = __builtin_shufflevector(pq13, rs13, 2, 3, 6, 7);
    return (c0 + c2) + (c1 + c3);
}

/// `halves` of two vectors.
INLINE f8 both_halves(f8 a, f8 b) {
    return __builtin_shufflevector(a, b, 0, 1, 2, 3, 12, 13, 14, 15)
           + __builtin_shufflevector(a, b, 4, 5, 6, 7, 8, 9, 10, 11);
}

/// i + (i + 2) of four sums each, of two vectors twice.
INLINE f8 both_quarters(f8 a, f8 b) {
    return __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
           + __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
}

/// And eight.
INLINE f8 sum8x8(const f8 *v) {
    const f8 a = both_quarters(both_halves(v[0], v[4]), both_halves(v[1], v[5]));
    const f8 b = both_quarters(both_halves(v[2], v[6]), both_halves(v[3], v[7]));
    return __builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14)
           + __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15);
}

// MARK: Stored types

INLINE float half_to_float(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, magnitude = h & 0x7FFF;
    float f;
    if (magnitude >= 0x7C00) {  // infinity or NaN
        uint32_t bits = sign | 0x7F800000 | (magnitude & 0x3FF) << 13;
        memcpy(&f, &bits, 4);
        return f;
    }
    if (magnitude < 0x400) {  // zero or a denormal: an integer times 2^-24
        f = (float)magnitude * 0x1p-24f;
        return sign ? -f : f;
    }
    uint32_t bits = sign | ((magnitude << 13) + 0x38000000);
    memcpy(&f, &bits, 4);
    return f;
}

INLINE f8 load_half8(const uint8_t *p) {
#ifdef TS_F16C
    return (f8)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
#else
    uint16_t h[8];
    memcpy(h, p, sizeof h);
    f8 v;
    for (int i = 0; i < 8; i++) v[i] = half_to_float(h[i]);
    return v;
#endif
}

INLINE float load_half(const uint8_t *p) {
    uint16_t h;
    memcpy(&h, p, sizeof h);
#ifdef TS_F16C
    return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(h)));
#else
    return half_to_float(h);
#endif
}

/// x rounded to half precision, ties to even.
INLINE float round_to_half(float x) {
#ifdef TS_F16C
    return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtps_ph(_mm_set_ss(x), _MM_FROUND_TO_NEAREST_INT)));
#else
    uint32_t bits;
    memcpy(&bits, &x, 4);
    const uint32_t sign = bits & 0x80000000, size = bits ^ sign;
    float f;
    if (size >= 0x477FF000) {
        bits = size > 0x7F800000 ? size : 0x7F800000;  // NaN, or too large
    } else if (size < 0x38800000) {
        // Denormal halves are multiples of 2^-24, the spacing of floats in [1/2, 1).
        memcpy(&f, &size, 4);
        f = (f + 0.5f) - 0.5f;
        memcpy(&bits, &f, 4);
    } else {
        bits = (size + 0xFFF + (size >> 13 & 1)) & ~0x1FFFu;
    }
    bits |= sign;
    memcpy(&f, &bits, 4);
    return f;
#endif
}

#include "block_types.h"

/// Numbers k..<k+8 of a stored row of a type that is not packed; k is a multiple of 8. `type` is a constant wherever
/// this is inlined.
INLINE f8 load_weights(ts_type type, const uint8_t *row, size_t k) {
    switch (type) {
    case TS_F32: return load8(row + 4 * k);
    case TS_F16: return load_half8(row + 2 * k);
    case TS_BF16: {
        h8v h;
        memcpy(&h, row + 2 * k, sizeof h);
        return (f8)(__builtin_convertvector(h, u8v) << 16);
    }
    case TS_Q8_0: {
        const uint8_t *block = row + k / 32 * 34;
        b8v q;
        memcpy(&q, block + 2 + k % 32, sizeof q);
        return splat(load_half(block)) * __builtin_convertvector(q, f8);
    }
    default: return splat(0);
    }
}

/// The last n < 8 numbers of a row of a plain type, zeros after them.
INLINE f8 load_weights_n(ts_type type, const uint8_t *row, size_t k, size_t n) {
    size_t size = type == TS_F32 ? 4 : 2;
    uint8_t t[32] = {0};
    memcpy(t, row + k * size, n * size);
    return load_weights(type, t, 0);
}

INLINE void dequantise_row(ts_type type, const uint8_t *row, size_t n, float *out) {
    size_t k = 0, block = packed_block(type);
    if (block) {
        for (; k + block <= n; k += block, row += packed_bytes(type)) dequantise_block(type, row, out + k);
        return;
    }
    for (; k + 8 <= n; k += 8) store8(out + k, load_weights(type, row, k));
    if (k < n) store_n(out + k, load_weights_n(type, row, k, n - k), n - k);
}

static void dequantise(ts_type type, const void *row, size_t n, float *out) {
    switch (type) {
    case TS_F32: return dequantise_row(TS_F32, row, n, out);
    case TS_F16: return dequantise_row(TS_F16, row, n, out);
    case TS_BF16: return dequantise_row(TS_BF16, row, n, out);
    case TS_Q8_0: return dequantise_row(TS_Q8_0, row, n, out);
#define ROW(NAME, COUNT, BYTES) \
    case NAME: return dequantise_row(NAME, row, n, out);
        EACH_PACKED(ROW)
#undef ROW
    }
}

// MARK: Products

/// R rows times one vector. One 8-lane accumulator an output, along k: whatever R, an output's order of additions is the
/// same, and that of `float_tile`.
INLINE void rows_by_vector(ts_type type, int R, const uint8_t *w, size_t row_bytes, size_t K, const float *x,
                           const float *bias, float *y) {
    f8 acc[8];
    UNROLL for (int r = 0; r < R; r++) acc[r] = splat(0);
    size_t k = 0;
    if (packed_block(type)) {
        // A block at a time through a small scratch. Short blocks stay in registers if each row finishes its own; long
        // ones gain from R sums side by side.
        float numbers[R][LARGEST_BLOCK];
        const uint8_t *b = w;
        for (; k < K; k += packed_block(type), b += packed_bytes(type)) {
            for (int r = 0; r < R; r++) {
                dequantise_block(type, b + r * row_bytes, numbers[r]);
                if (packed_block(type) > 32) continue;
                UNROLL for (size_t j = 0; j < 32; j += 8) acc[r] = fma8(load8(numbers[r] + j), load8(x + k + j), acc[r]);
            }
            for (size_t j = 0; packed_block(type) > 32 && j < packed_block(type); j += 8) {
                f8 v = load8(x + k + j);
                UNROLL for (int r = 0; r < R; r++) acc[r] = fma8(load8(numbers[r] + j), v, acc[r]);
            }
        }
    }
    if (type == TS_Q8_0) {
        // A block at a time, so that its scale is read once.
        for (; k + 32 <= K; k += 32) {
            UNROLL for (int j = 0; j < 32; j += 8) {
                f8 v = load8(x + k + j);
                UNROLL for (int r = 0; r < R; r++)
                    acc[r] = fma8(load_weights(type, w + r * row_bytes, k + j), v, acc[r]);
            }
        }
    }
    if (!packed_block(type) && R == 8) {
        // One vector waits for memory, which is asked for ahead, a line at a time.
        const size_t size = type == TS_F32 ? 4 : 2;
        for (; k + 32 <= K; k += 32) {
            UNROLL for (int r = 0; r < R; r++) {
                for (size_t line = 0; line < 32 * size; line += 64)
                    __builtin_prefetch(w + r * row_bytes + k * size + AHEAD + line);
            }
            UNROLL for (size_t j = 0; j < 32; j += 8) {
                f8 v = load8(x + k + j);
                UNROLL for (int r = 0; r < R; r++)
                    acc[r] = fma8(load_weights(type, w + r * row_bytes, k + j), v, acc[r]);
            }
        }
    }
    for (; k + 8 <= K; k += 8) {
        f8 v = load8(x + k);
        UNROLL for (int r = 0; r < R; r++) acc[r] = fma8(load_weights(type, w + r * row_bytes, k), v, acc[r]);
    }
    if (k < K) {
        f8 v = load_n(x + k, K - k);
        UNROLL for (int r = 0; r < R; r++) acc[r] = fma8(load_weights_n(type, w + r * row_bytes, k, K - k), v, acc[r]);
    }
    if (R == 8) {
        store8(y, sum8x8(acc));
    } else {
        y[0] = sum8(acc[0]);
    }
    for (int r = 0; bias && r < R; r++) y[r] += bias[r];
}

/// One vector: eight rows at a time.
INLINE void multiply_vector(ts_type type, const uint8_t *w, size_t row_bytes, ts_part rows, size_t K, const float *x,
                            const float *bias, float *y) {
    const row_streams streams = streams_of(rows.all, row_bytes);
    for (size_t group = rows.first / 8; group < rows.end / 8; group++) {
        const eight_rows own = rows_of(&streams, group);
        float sums[8];
        rows_by_vector(type, 8, w + own.first * row_bytes, own.apart * row_bytes, K, x, NULL, sums);
        for (size_t i = 0, to = own.first; i < 8; i++, to += own.apart) y[to] = bias ? sums[i] + bias[to] : sums[i];
    }
    for (size_t r = rows.all / 8 * 8; r < rows.all && rows.end == rows.all; r++)
        rows_by_vector(type, 1, w + r * row_bytes, row_bytes, K, x, bias ? bias + r : NULL, y + r);
}

#include "packed_products.h"
#include "float_tiles.h"
#include "float_panels.h"

static void multiply(ts_type type, const void *weights, size_t row_bytes, ts_part rows, size_t K, const float *x,
                     size_t ldx, size_t m, const float *bias, float *y, size_t ldy) {
    const uint8_t *w = weights;
    if (m == 1) {
        switch (type) {
        case TS_F32: return multiply_vector(TS_F32, w, row_bytes, rows, K, x, bias, y);
        case TS_F16: return multiply_vector(TS_F16, w, row_bytes, rows, K, x, bias, y);
        case TS_BF16: return multiply_vector(TS_BF16, w, row_bytes, rows, K, x, bias, y);
        case TS_Q8_0: return multiply_vector(TS_Q8_0, w, row_bytes, rows, K, x, bias, y);
#define VECTOR(NAME, COUNT, BYTES) \
    case NAME: return multiply_vector(NAME, w, row_bytes, rows, K, x, bias, y);
            EACH_PACKED(VECTOR)
#undef VECTOR
        }
    }
    const row_source source = {type, w + rows.first * row_bytes, row_bytes, NULL, 0, rows.end - rows.first, K};
    multiply_rows(&source, x, ldx, m, bias ? bias + rows.first : NULL, y + rows.first, ldy);
}

static void multiply_packed(const ts_packed *p, size_t row, size_t rows, const float *x, size_t ldx, size_t m,
                            const float *bias, float *y, size_t ldy) {
    if (m == 1) return multiply_packed_vector(p, row, rows, x, bias, y);
    const row_source source = {TS_BF16, NULL, 0, p, row, rows, p->columns};
    multiply_rows(&source, x, ldx, m, bias, y, ldy);
}

#include "quantised_products.h"

// MARK: Elementary functions

/// e^x to about 1e-7 relative: x = n ln 2 + r with |r| ≤ ln 2 / 2, Taylor's series to r^7 for e^r, times 2^n in two
/// steps so that the ends of the range overflow to ∞ and underflow to 0.
INLINE f8 exp8(f8 x) {
    i8v under = x < splat(-87.3f);
    x = select8(x > splat(89.0f), splat(89.0f), x);
    x = select8(under, splat(0), x);
    const f8 magic = splat(12582912.0f);
    f8 shifted = fma8(x, splat(1.44269504088896341f), magic);
    f8 n = shifted - magic;
    i8v i = (i8v)shifted - (i8v)magic;
    f8 r = fma8(n, splat(-0.693145751953125f), x);
    r = fma8(n, splat(-1.42860682030941723212e-6f), r);
    f8 p = splat(1.0f / 5040);
    p = fma8(p, r, splat(1.0f / 720));
    p = fma8(p, r, splat(1.0f / 120));
    p = fma8(p, r, splat(1.0f / 24));
    p = fma8(p, r, splat(1.0f / 6));
    p = fma8(p, r, splat(0.5f));
    p = fma8(p, r, splat(1.0f));
    p = fma8(p, r, splat(1.0f));
    i8v half = i >> 1;
    p = p * (f8)((half + 127) << 23) * (f8)((i - half + 127) << 23);
    return select8(under, splat(0), p);
}

INLINE f8 tanh8(f8 x) { return splat(1) - splat(2) / (exp8(x + x) + splat(1)); }

/// Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7.
INLINE f8 erf8(f8 x) {
    i8v sign = (i8v)x & (i8v)splat(-0.0f);
    f8 a = (f8)((i8v)x ^ sign);
    f8 t = splat(1) / fma8(splat(0.3275911f), a, splat(1));
    f8 p = splat(1.061405429f);
    p = fma8(p, t, splat(-1.453152027f));
    p = fma8(p, t, splat(1.421413741f));
    p = fma8(p, t, splat(-0.284496736f));
    p = fma8(p, t, splat(0.254829592f));
    f8 e = splat(1) - p * t * exp8(-a * a);
    return (f8)((i8v)e ^ sign);
}

INLINE f8 activation8(ts_activation kind, f8 x) {
    switch (kind) {
    case TS_SILU: return x / (splat(1) + exp8(-x));
    case TS_GELU: return splat(0.5f) * x * (splat(1) + erf8(x * splat(0.70710678118654752f)));
    case TS_GELU_TANH: {
        f8 inner = splat(0.79788456080286536f) * (x + splat(0.044715f) * x * x * x);
        return splat(0.5f) * x * (splat(1) + tanh8(inner));
    }
    case TS_RELU: return max8(x, splat(0));
    case TS_RELU_SQUARED: {
        f8 r = max8(x, splat(0));
        return r * r;
    }
    }
    return x;
}

INLINE void activate_kind(ts_activation kind, const float *x, const float *up, size_t n, float *out) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        f8 v = activation8(kind, load8(x + i));
        store8(out + i, up ? v * load8(up + i) : v);
    }
    if (i < n) {
        f8 v = activation8(kind, load_n(x + i, n - i));
        store_n(out + i, up ? v * load_n(up + i, n - i) : v, n - i);
    }
}

static void activate(ts_activation kind, const float *x, const float *up, size_t n, float *out) {
    switch (kind) {
    case TS_SILU: return activate_kind(TS_SILU, x, up, n, out);
    case TS_GELU: return activate_kind(TS_GELU, x, up, n, out);
    case TS_GELU_TANH: return activate_kind(TS_GELU_TANH, x, up, n, out);
    case TS_RELU: return activate_kind(TS_RELU, x, up, n, out);
    case TS_RELU_SQUARED: return activate_kind(TS_RELU_SQUARED, x, up, n, out);
    }
}

static void add(const float *x, size_t n, float *y) {
    for (size_t i = 0; i < n; i++) y[i] += x[i];
}

static void scale(float s, size_t n, float *y) {
    for (size_t i = 0; i < n; i++) y[i] *= s;
}

static void soft_cap(float cap, size_t n, float *y) {
    size_t i = 0;
    f8 c = splat(cap);
    for (; i + 8 <= n; i += 8) store8(y + i, c * tanh8(load8(y + i) / c));
    if (i < n) store_n(y + i, c * tanh8(load_n(y + i, n - i) / c), n - i);
}

// MARK: Norms

static void rms_norm(const float *x, const float *w, size_t n, float eps, float *out) {
    // The sum in double is nearly always the same float in whatever order it is taken, and so equals that of other
    // engines to the bit: what is quantised next then is too.
    d4 low = {0}, high = {0};
    size_t i = 0;
    for (; i < n; i += 8) {
        f8 v = n - i >= 8 ? load8(x + i) : load_n(x + i, n - i);
        v *= v;
        low += __builtin_convertvector(__builtin_shufflevector(v, v, 0, 1, 2, 3), d4);
        high += __builtin_convertvector(__builtin_shufflevector(v, v, 4, 5, 6, 7), d4);
    }
    d4 squares = low + high;
    float mean = (float)(((squares[0] + squares[2]) + (squares[1] + squares[3])) / (double)n);
    float factor = 1.0f / sqrtf(mean + eps);
    for (i = 0; i < n; i++) out[i] = x[i] * factor * (w ? w[i] : 1.0f);
}

static void layer_norm(const float *x, const float *w, const float *b, size_t n, float eps, float *out) {
    f8 sum = splat(0);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) sum += load8(x + i);
    if (i < n) sum += load_n(x + i, n - i);
    float mean = sum8(sum) / (float)n;
    f8 squares = splat(0);
    for (i = 0; i + 8 <= n; i += 8) {
        f8 v = load8(x + i) - splat(mean);
        squares = fma8(v, v, squares);
    }
    if (i < n) {
        f8 v = load_n(x + i, n - i) - splat(mean);
        for (size_t j = n - i; j < 8; j++) v[j] = 0;
        squares = fma8(v, v, squares);
    }
    float factor = 1.0f / sqrtf(sum8(squares) / (float)n + eps);
    for (i = 0; i < n; i++) out[i] = (x[i] - mean) * factor * (w ? w[i] : 1.0f) + (b ? b[i] : 0.0f);
}

// MARK: Rotation and softmax

static void rope(float *x, size_t pairs, int interleaved, const float *cosine, const float *sine) {
    for (size_t i = 0; i < pairs; i++) {
        float *a = interleaved ? x + 2 * i : x + i, *b = interleaved ? a + 1 : a + pairs;
        float p = *a, q = *b;
        *a = p * cosine[i] - q * sine[i];
        *b = q * cosine[i] + p * sine[i];
    }
}

static double sum_of_exp(float *x, size_t n, float max, float *exps) {
    // Eight floats at a time are exact enough; their sums are kept in double.
    d4 low = {0}, high = {0};
    for (size_t i = 0; i < n; i += 8) {
        size_t rest = n - i;
        f8 v = rest >= 8 ? load8(x + i) : load_n(x + i, rest);
        f8 e = exp8(v - splat(max));
        if (rest < 8)
            for (size_t j = rest; j < 8; j++) e[j] = 0;
        if (exps) {
            if (rest >= 8) store8(exps + i, e);
            else store_n(exps + i, e, rest);
        }
        low += __builtin_convertvector(__builtin_shufflevector(e, e, 0, 1, 2, 3), d4);
        high += __builtin_convertvector(__builtin_shufflevector(e, e, 4, 5, 6, 7), d4);
    }
    d4 s = low + high;
    return (s[0] + s[2]) + (s[1] + s[3]);
}

static float maximum(const float *x, size_t n) {
    f8 m = splat(-INFINITY);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) m = max8(load8(x + i), m);
    float max = -INFINITY;
    for (int j = 0; j < 8; j++) max = m[j] > max ? m[j] : max;
    for (; i < n; i++) max = x[i] > max ? x[i] : max;
    return max;
}

static void softmax(float *x, size_t n) {
    float max = maximum(x, n);
    if (max == -INFINITY) return;
    float factor = (float)(1.0 / sum_of_exp(x, n, max, x));
    scale(factor, n, x);
}

static double log_sum_exp(const float *x, size_t n) {
    float max = maximum(x, n);
    if (max == -INFINITY) return -INFINITY;
    return (double)max + log(sum_of_exp((float *)x, n, max, NULL));
}

INLINE double sum_d4(d4 s) { return (s[0] + s[2]) + (s[1] + s[3]); }

static double power_sum(const float *x, size_t n, float max, float s, double *first) {
    d4 low = {0}, high = {0}, first_low = {0}, first_high = {0};
    for (size_t i = 0; i < n; i += 8) {
        size_t rest = n - i;
        f8 v = rest >= 8 ? load8(x + i) : load_n(x + i, rest);
        if (rest < 8)
            for (size_t j = rest; j < 8; j++) v[j] = -INFINITY;
        f8 d = v - splat(max);
        f8 e = exp8(splat(s) * d);
        low += __builtin_convertvector(__builtin_shufflevector(e, e, 0, 1, 2, 3), d4);
        high += __builtin_convertvector(__builtin_shufflevector(e, e, 4, 5, 6, 7), d4);
        if (first) {
            // 0 · −∞ is no number.
            f8 t = e * select8(e > splat(0), d, splat(0));
            first_low += __builtin_convertvector(__builtin_shufflevector(t, t, 0, 1, 2, 3), d4);
            first_high += __builtin_convertvector(__builtin_shufflevector(t, t, 4, 5, 6, 7), d4);
        }
    }
    if (first) *first = sum_d4(first_low + first_high);
    return sum_d4(low + high);
}

// Keys and values as they lie in a KV cache, and attention over them. Part of kernels_body.h.

#include "attention.h"
#include "mixing.h"

const ts_kernels TS_NAME = {
    .name = TS_ISA,
    .multiply = multiply,
    .dequantise = dequantise,
    .activation_bytes = activation_bytes,
    .quantise = quantise,
    .multiply_quantised = multiply_quantised,
#if defined(TS_SHUFFLE) && !defined(TS_AMX)
    .packs = 1,
#endif
    .multiply_packed = multiply_packed,
    .dequantise_packed = dequantise_packed,
    .rms_norm = rms_norm,
    .layer_norm = layer_norm,
    .activate = activate,
    .add = add,
    .scale = scale,
    .soft_cap = soft_cap,
    .rope = rope,
    .cache_row_bytes = cache_row_bytes,
    .cache_store = cache_store,
    .attention = attention,
    .log_sum_exp = log_sum_exp,
    .power_sum = power_sum,
    .softmax = softmax,
    .maximum = maximum,
    .exp_sum = exp_sum,
    .exp_row = exp_row,
    .add_scaled = add_scaled,
    .share_own = share_own,
};
