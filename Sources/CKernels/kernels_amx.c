// The kernels for x86-64 with AVX-512, its VNNI and AMX's tiles. Their results are those of AVX2 to the bit, but for BF16.
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#pragma clang attribute push( \
    __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,amx-tile,amx-int8,amx-bf16"))), \
    apply_to = function)
#define TS_FMA 1
#define TS_F16C 1
#define TS_SHUFFLE 1
#define TS_AVX512 1
#define TS_AMX 1
#define TS_NAME ts_amx
#define TS_ISA "amx"
#include "kernels_body.h"
#pragma clang attribute pop
#endif
