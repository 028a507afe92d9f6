// Sums over lists of places: nothing here is quicker in vectors.
#include "ckernels.h"

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
