// Distributions over tokens and symbols, in double: what becomes of logits once several vocabularies meet. Part of
// kernels_body.h.

typedef int64_t l4v __attribute__((vector_size(32)));

INLINE d4 splat4(double x) { return (d4){x, x, x, x}; }

INLINE d4 load4(const double *p) {
    d4 v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store4(double *p, d4 v) { memcpy(p, &v, sizeof v); }

INLINE d4 fma4(d4 a, d4 b, d4 c) { return MULTIPLY_ADD(a, b, c); }

INLINE d4 select4(l4v mask, d4 yes, d4 no) { return (d4)((mask & (l4v)yes) | (~mask & (l4v)no)); }

/// Vectors whose exponentials are taken together.
enum { EXPS_TOGETHER = 8 };

/// e^x to two units in the last place for each x of 708 at most; 0 below −708, −∞ included. NaN stays NaN.
///
/// One vector waits for itself most of the time: several are taken step by step together, which changes no bit.
INLINE void exp4s(d4 *x, const int count) {
    const d4 magic = splat4(0x1.8p52);
    // 1/12! … 1/0!
    const double terms[] = {1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720,
                            1.0 / 120,       1.0 / 24,       1.0 / 6,       0.5,          1,           1};
    l4v under[EXPS_TOGETHER], i[EXPS_TOGETHER];
    d4 n[EXPS_TOGETHER], r[EXPS_TOGETHER], p[EXPS_TOGETHER];
    for (int k = 0; k < count; k++) {
        under[k] = x[k] < splat4(-708);
        x[k] = select4(under[k], splat4(0), x[k]);
        n[k] = fma4(x[k], splat4(0x1.71547652b82fep0), magic);
    }
    for (int k = 0; k < count; k++) {
        i[k] = (l4v)n[k] - (l4v)magic;
        n[k] -= magic;
        r[k] = fma4(n[k], splat4(-0x1.62e42fefa38p-1), x[k]);
        p[k] = splat4(terms[0]);
    }
    for (int k = 0; k < count; k++) r[k] = fma4(n[k], splat4(-0x1.ef35793c7673p-45), r[k]);
#pragma clang loop unroll(full)
    for (size_t term = 1; term < sizeof terms / sizeof *terms; term++) {
        for (int k = 0; k < count; k++) p[k] = fma4(p[k], r[k], splat4(terms[term]));
    }
    for (int k = 0; k < count; k++) x[k] = select4(under[k], splat4(0), p[k] * (d4)((i[k] + 1023) << 52));
}

INLINE d4 exp4(d4 x) {
    exp4s(&x, 1);
    return x;
}

/// Four floats as doubles; those past n as −∞.
INLINE d4 doubles4(const float *p, size_t n) {
    f4 v = {-INFINITY, -INFINITY, -INFINITY, -INFINITY};
    memcpy(&v, p, n < 4 ? n * sizeof(float) : sizeof v);
    return __builtin_convertvector(v, d4);
}

/// e^{x − shift} of 4 · EXPS_TOGETHER numbers.
INLINE void exps_of(const float *x, double shift, d4 *e) {
    for (int k = 0; k < EXPS_TOGETHER; k++) e[k] = doubles4(x + 4 * k, 4) - splat4(shift);
    exp4s(e, EXPS_TOGETHER);
}

static double exp_sum(const float *x, size_t n, double shift) {
    d4 sums[4] = {splat4(0), splat4(0), splat4(0), splat4(0)};
    size_t i = 0;
    for (; i + 4 * EXPS_TOGETHER <= n; i += 4 * EXPS_TOGETHER) {
        d4 e[EXPS_TOGETHER];
        exps_of(x + i, shift, e);
        for (int k = 0; k < EXPS_TOGETHER; k++) sums[k % 4] += e[k];
    }
    for (int k = 0; i < n; i += 4, k++) sums[k % 4] += exp4(doubles4(x + i, n - i) - splat4(shift));
    return sum_d4((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

static void exp_row(const float *x, size_t n, double shift, double *out) {
    size_t i = 0;
    for (; i + 4 * EXPS_TOGETHER <= n; i += 4 * EXPS_TOGETHER) {
        d4 e[EXPS_TOGETHER];
        exps_of(x + i, shift, e);
        memcpy(out + i, e, sizeof e);
    }
    for (; i < n; i += 4) {
        d4 e = exp4(doubles4(x + i, n - i) - splat4(shift));
        memcpy(out + i, &e, (n - i < 4 ? n - i : 4) * sizeof(double));
    }
}

static void add_scaled(const double *x, double factor, size_t n, double *y) {
    size_t i = 0;
    for (; i + 4 <= n; i += 4) store4(y + i, fma4(splat4(factor), load4(x + i), load4(y + i)));
    for (; i < n; i++) y[i] = MULTIPLY_ADD(factor, x[i], y[i]);
}

static void share_own(const double *own, const double *peers, const double *group, size_t n, double alpha, double weight,
                      double *factor, double *mixed) {
    for (size_t i = 0; i < n; i += 4) {
        d4 o, r, g, y;
        size_t count = n - i < 4 ? n - i : 4;
        if (count == 4) {
            o = load4(own + i), r = load4(peers + i), g = load4(group + i), y = load4(mixed + i);
        } else {
            o = r = g = y = splat4(0);
            memcpy(&o, own + i, count * sizeof(double));
            memcpy(&r, peers + i, count * sizeof(double));
            memcpy(&g, group + i, count * sizeof(double));
            memcpy(&y, mixed + i, count * sizeof(double));
        }
        l4v is_shared = g > splat4(TS_LEAST_GROUP);
        d4 f = select4(is_shared, splat4(alpha) * o / g, splat4(0));
        d4 row = select4(is_shared, splat4(1 - alpha) * o, o) + f * r;
        y += splat4(weight) * row;
        memcpy(factor + i, &f, count * sizeof(double));
        memcpy(mixed + i, &y, count * sizeof(double));
    }
}
