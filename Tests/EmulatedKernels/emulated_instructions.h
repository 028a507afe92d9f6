// Instructions that a processor with AVX2 lacks, in plain C after Intel's descriptions of them, under the names of their
// intrinsics. They test what the kernels compute with them; how a real processor behaves they cannot tell.
#ifndef EMULATED_INSTRUCTIONS_H
#define EMULATED_INSTRUCTIONS_H
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#pragma clang diagnostic ignored "-Wpsabi"
#define EMULATED static inline __attribute__((always_inline))

/// VPDPBUSD: each 32-bit lane plus four products of unsigned bytes of `a` with signed ones of `b`.
#define DEFINE_DPBUSD(NAME, VECTOR) \
    EMULATED VECTOR NAME(VECTOR sums, VECTOR a, VECTOR b) { \
        int32_t s[sizeof(VECTOR) / 4]; \
        uint8_t u[sizeof(VECTOR)]; \
        int8_t v[sizeof(VECTOR)]; \
        memcpy(s, &sums, sizeof s), memcpy(u, &a, sizeof u), memcpy(v, &b, sizeof v); \
        for (int i = 0; i < (int)sizeof(VECTOR); i++) s[i / 4] += u[i] * v[i]; \
        memcpy(&sums, s, sizeof s); \
        return sums; \
    }
DEFINE_DPBUSD(emulated_mm256_dpbusd_epi32, __m256i)
DEFINE_DPBUSD(emulated_mm512_dpbusd_epi32, __m512i)

/// VPDPWSSD: each 32-bit lane plus two products of signed 16-bit integers.
EMULATED __m512i emulated_mm512_dpwssd_epi32(__m512i sums, __m512i a, __m512i b) {
    int32_t s[16];
    int16_t u[32], v[32];
    memcpy(s, &sums, sizeof s), memcpy(u, &a, sizeof u), memcpy(v, &b, sizeof v);
    for (int i = 0; i < 32; i++) s[i / 2] += u[i] * v[i];
    memcpy(&sums, s, sizeof s);
    return sums;
}

#undef _mm256_dpbusd_epi32
#undef _mm512_dpbusd_epi32
#undef _mm512_dpwssd_epi32
#define _mm256_dpbusd_epi32 emulated_mm256_dpbusd_epi32
#define _mm512_dpbusd_epi32 emulated_mm512_dpbusd_epi32
#define _mm512_dpwssd_epi32 emulated_mm512_dpwssd_epi32

#endif
