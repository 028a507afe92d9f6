// Eight lanes at a time: loads, stores, and the order in which lanes are added up. Part of kernels_body.h.

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

/// The most vectors that rows meet at once while memory brings them, which takes longer than to multiply them.
#define FEW_VECTORS 3

/// Vectors that come next of m where `most` are taken at once: one more than those are better taken as two halves.
INLINE size_t next_vectors(size_t m, size_t most) {
    if (m == most + 1) return (m + 1) / 2;
    return m < most ? m : most;
}

/// What an array holds is read from memory after this, whatever compilers would rather keep in registers.
#ifdef TS_SHUFFLE
#define FROM_MEMORY(ARRAY) __asm__ volatile("" : : "r"(ARRAY) : "memory")
#else
#define FROM_MEMORY(ARRAY)
#endif

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

/// The first n <= 8 numbers, zeros after them.
INLINE f8 load_n(const float *p, size_t n) {
    float t[8] = {0};
    memcpy(t, p, n * sizeof(float));
    return load8(t);
}

INLINE void store_n(float *p, f8 v, size_t n) { memcpy(p, &v, n * sizeof(float)); }

INLINE f8 splat(float x) { return (f8){x, x, x, x, x, x, x, x}; }

/// a · b + c of numbers or vectors, rounded once where the processor can.
#ifdef TS_FMA
#define MULTIPLY_ADD(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif

INLINE f8 fma8(f8 a, f8 b, f8 c) { return MULTIPLY_ADD(a, b, c); }

INLINE float fused(float a, float b, float c) { return MULTIPLY_ADD(a, b, c); }

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
