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

INLINE d4 fma4(d4 a, d4 b, d4 c) {
#ifdef TS_FMA
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;
#endif
}

INLINE d4 select4(l4v mask, d4 yes, d4 no) { return (d4)((mask & (l4v)yes) | (~mask & (l4v)no)); }

/// e^x to two units in the last place for x of 708 at most; 0 below −708, −∞ included. NaN stays NaN.
INLINE d4 exp4(d4 x) {
    l4v under = x < splat4(-708);
    x = select4(under, splat4(0), x);
    const d4 magic = splat4(0x1.8p52);
    d4 shifted = fma4(x, splat4(0x1.71547652b82fep0), magic);
    d4 n = shifted - magic;
    l4v i = (l4v)shifted - (l4v)magic;
    d4 r = fma4(n, splat4(-0x1.62e42fefa38p-1), x);
    r = fma4(n, splat4(-0x1.ef35793c7673p-45), r);
    d4 p = splat4(1.0 / 479001600);
    p = fma4(p, r, splat4(1.0 / 39916800));
    p = fma4(p, r, splat4(1.0 / 3628800));
    p = fma4(p, r, splat4(1.0 / 362880));
    p = fma4(p, r, splat4(1.0 / 40320));
    p = fma4(p, r, splat4(1.0 / 5040));
    p = fma4(p, r, splat4(1.0 / 720));
    p = fma4(p, r, splat4(1.0 / 120));
    p = fma4(p, r, splat4(1.0 / 24));
    p = fma4(p, r, splat4(1.0 / 6));
    p = fma4(p, r, splat4(0.5));
    p = fma4(p, r, splat4(1));
    p = fma4(p, r, splat4(1));
    return select4(under, splat4(0), p * (d4)((i + 1023) << 52));
}

/// Four floats as doubles; those past n as −∞.
INLINE d4 doubles4(const float *p, size_t n) {
    f4 v = {-INFINITY, -INFINITY, -INFINITY, -INFINITY};
    memcpy(&v, p, n < 4 ? n * sizeof(float) : sizeof v);
    return __builtin_convertvector(v, d4);
}

static double exp_sum(const float *x, size_t n, double shift) {
    d4 a = splat4(0), b = a, c = a, d = a;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        a += exp4(doubles4(x + i, 4) - splat4(shift));
        b += exp4(doubles4(x + i + 4, 4) - splat4(shift));
        c += exp4(doubles4(x + i + 8, 4) - splat4(shift));
        d += exp4(doubles4(x + i + 12, 4) - splat4(shift));
    }
    for (; i < n; i += 4) a += exp4(doubles4(x + i, n - i) - splat4(shift));
    return sum_d4((a + b) + (c + d));
}

static void exp_row(const float *x, size_t n, double shift, double *out) {
    size_t i = 0;
    for (; i + 4 <= n; i += 4) store4(out + i, exp4(doubles4(x + i, 4) - splat4(shift)));
    if (i < n) {
        d4 e = exp4(doubles4(x + i, n - i) - splat4(shift));
        memcpy(out + i, &e, (n - i) * sizeof(double));
    }
}

static void add_scaled(const double *x, double factor, size_t n, double *y) {
    size_t i = 0;
    for (; i + 4 <= n; i += 4) store4(y + i, fma4(splat4(factor), load4(x + i), load4(y + i)));
#ifdef TS_FMA
    for (; i < n; i++) y[i] = __builtin_fma(factor, x[i], y[i]);
#else
    for (; i < n; i++) y[i] = factor * x[i] + y[i];
#endif
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
