// Memory of the process, where Swift has no name for what the C library does.
#include "ckernels.h"
#include <stdlib.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

void ts_trim_heap(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}
