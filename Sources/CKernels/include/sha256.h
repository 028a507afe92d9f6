#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>

/// Runs the SHA-256 compression function (FIPS 180-4) over `blocks` blocks of 64 bytes.
/// Uses the processor's SHA instructions where it has them.
void ck_sha256_compress(uint32_t state[8], const uint8_t *data, size_t blocks);

#endif
