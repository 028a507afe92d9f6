// The kernels, written once over 8-lane vectors and compiled once per instruction set. The including file defines
// TS_NAME (the table's name), TS_ISA (its text) and, where the set has them, TS_FMA, TS_F16C, TS_SHUFFLE,
// TS_AVX512 and TS_AMX.

#include "ckernels.h"
#include "row_streams.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#pragma clang diagnostic ignored "-Wpsabi"
// Contraction would depend on where the compiler sees a product next to a sum; fused products are written out.
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

#include "vectors.h"
#include "stored_types.h"
#include "float_products.h"
#include "quantised_products.h"
#include "elementwise.h"
#include "attention.h"
#include "mixing.h"

const ts_kernels TS_NAME = {
    .name = TS_ISA,
    .multiply = multiply,
    .dequantise = dequantise,
    .activation_bytes = activation_bytes,
    .quantise = quantise,
    .multiply_quantised = multiply_quantised,
#if defined(TS_SHUFFLE) && !defined(TS_AMX)
    .packs = 1,
#endif
    .multiply_packed = multiply_packed,
    .dequantise_packed = dequantise_packed,
    .rms_norm = rms_norm,
    .layer_norm = layer_norm,
    .activate = activate,
    .add = add,
    .scale = scale,
    .soft_cap = soft_cap,
    .rope = rope,
    .cache_row_bytes = cache_row_bytes,
    .cache_store = cache_store,
    .attention = attention,
    .log_sum_exp = log_sum_exp,
    .power_sum = power_sum,
    .softmax = softmax,
    .maximum = maximum,
    .exp_sum = exp_sum,
    .exp_row = exp_row,
    .add_scaled = add_scaled,
    .share_own = share_own,
};
