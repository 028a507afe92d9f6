#ifndef SELF_TEST_H
#define SELF_TEST_H
#include "ckernels.h"

/// Whether `set` gives the products that `reference` gives, bit for bit, for a few small matrices of every type; where it
/// alone quantises activations, whether those products are close and do not depend on the number of vectors. About a
/// millisecond.
int ts_agrees(const ts_kernels *set, const ts_kernels *reference);

#endif
