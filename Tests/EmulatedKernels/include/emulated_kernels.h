#ifndef EMULATED_KERNELS_H
#define EMULATED_KERNELS_H

/// Makes kernels known by name that run on AVX2 with the instructions it lacks emulated: `emulated-avx512`,
/// `emulated-amx`. And `faulty`: kernels that are wrong in the last bit of one product. Nothing where the processor lacks
/// AVX2.
void ts_add_emulated_sets(void);

#endif
