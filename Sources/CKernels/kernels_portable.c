// The kernels for any processor.
#if defined(__aarch64__)
#define TS_FMA 1
#endif
#define TS_NAME ts_portable
#define TS_ISA "portable"
#include "kernels_body.h"
