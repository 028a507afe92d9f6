// Sums over lists of places, and lists of places: nothing here is much quicker in wider vectors.
#include "ckernels.h"

size_t ts_places_at_least(const float *x, size_t n, float least, int32_t *places, size_t most) {
    size_t found = 0;
    for (size_t start = 0; start < n; start += 32) {
        const size_t end = n - start < 32 ? n : start + 32;
        // Few are: a stretch without any costs its comparisons alone.
        int any = 0;
        for (size_t i = start; i < end; i++) any |= x[i] >= least;
        if (!any) continue;
        for (size_t i = start; i < end; i++) {
            if (!(x[i] >= least)) continue;
            if (found == most) return most + 1;
            places[found++] = (int32_t)i;
        }
    }
    return found;
}

double ts_scatter_add(const double *x, const int32_t *to, size_t n, double *y, double *lost) {
    double kept = 0, rest = 0;
    for (size_t i = 0; i < n; i++) {
        if (to[i] >= 0) {
            y[to[i]] += x[i];
            kept += x[i];
        } else {
            rest += x[i];
        }
    }
    *lost = rest;
    return kept;
}

void ts_add_along(const double *x, const int32_t *from, const int32_t *to, size_t n, double *y) {
    for (size_t i = 0; i < n; i++) y[to[i]] += x[from[i]];
}

void ts_add_along_scaled(const double *x, const int32_t *from, const int32_t *to, size_t n, double scale,
                         const double *z, double *y) {
    for (size_t i = 0; i < n; i++) y[to[i]] += scale * x[from[i]] * z[to[i]];
}
