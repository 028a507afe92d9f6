// Activations, norms, rotation and softmax: what happens to every number between products. Part of kernels_body.h.

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
