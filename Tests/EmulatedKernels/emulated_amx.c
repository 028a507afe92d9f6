// The kernels of kernels_amx.c with the instructions that AVX2 lacks emulated.
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "emulated_instructions.h"
#include "emulated_tiles.h"
#define TS_FMA 1
#define TS_F16C 1
#define TS_SHUFFLE 1
#define TS_AVX512 1
#define TS_AMX 1
#define TS_NAME ts_emulated_amx
#define TS_ISA "emulated-amx"
#include "kernels_body.h"
#pragma clang attribute pop
#endif
