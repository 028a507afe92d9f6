#ifndef PROCESSOR_H
#define PROCESSOR_H

// Whether this processor has the instructions of a set, and the system saves the registers they use.
int ts_has_avx2(void);
int ts_has_avx512(void);
/// Asks the system for the tiles too: they are large, and only processes that ask get them.
int ts_has_amx(void);

#endif
