// Sets of kernels for tests alone.
#include "emulated_kernels.h"
#include "ckernels.h"
#include <pthread.h>

#if defined(__x86_64__)
extern const ts_kernels ts_avx2, ts_emulated_avx512, ts_emulated_amx;

static void wrong_in_one_bit(ts_type type, const void *w, size_t row_bytes, ts_part rows, size_t columns, const void *x,
                             size_t ldx, size_t m, const float *bias, float *y, size_t ldy) {
    ts_avx2.multiply_quantised(type, w, row_bytes, rows, columns, x, ldx, m, bias, y, ldy);
    if (type == TS_Q6_K && m > 1) *(uint32_t *)(void *)(y + ldy) ^= 1;
}

static ts_kernels faulty;

static void add_sets(void) {
    faulty = ts_avx2;
    faulty.name = "faulty";
    faulty.multiply_quantised = wrong_in_one_bit;
    ts_add_set(&faulty);
    ts_add_set(&ts_emulated_avx512);
    ts_add_set(&ts_emulated_amx);
}
#else
static void add_sets(void) {}
#endif

void ts_add_emulated_sets(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, add_sets);
}
