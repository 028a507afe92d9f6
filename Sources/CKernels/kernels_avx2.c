// The kernels for x86-64 with AVX2, FMA and F16C.
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define TS_FMA 1
#define TS_F16C 1
#define TS_SHUFFLE 1
#define TS_NAME ts_avx2
#define TS_ISA "avx2"
#include "kernels_body.h"
#pragma clang attribute pop
#endif
