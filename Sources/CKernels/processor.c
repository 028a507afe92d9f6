// What this processor has, by its feature bits.
#include "processor.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <stdint.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

/// The parts of the processor's state that the system saves.
static uint64_t saved_state(void) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return 0;
    __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return (uint64_t)d << 32 | a;
}

/// Whether all of `bits` are set.
static int has(uint64_t word, uint64_t bits) { return (word & bits) == bits; }

/// XMM and YMM; the masks and ZMM; the tiles' shapes and their data.
#define AVX_STATE 0x06
#define AVX512_STATE 0xE6
#define TILE_STATE 0x60000

// Bits of leaf 7's EDX, for which cpuid.h has no names.
#define AMX_BF16 (1u << 22)
#define AMX_TILE (1u << 24)
#define AMX_INT8 (1u << 25)

/// Whether the system lets this process use tiles.
static int may_use_tiles(void) {
#if defined(__linux__)
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
#else
    return 0;
#endif
}

int ts_has_avx2(void) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !has(c, bit_FMA | bit_F16C) || !has(saved_state(), AVX_STATE)) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && has(b, bit_AVX2);
}

int ts_has_avx512(void) {
    uint32_t a, b, c, d;
    return ts_has_avx2() && __get_cpuid_count(7, 0, &a, &b, &c, &d)
        && has(b, bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL) && has(c, bit_AVX512VNNI)
        && has(saved_state(), AVX512_STATE);
}

int ts_has_amx(void) {
    uint32_t a, b, c, d;
    return ts_has_avx512() && __get_cpuid_count(7, 0, &a, &b, &c, &d) && has(d, AMX_BF16 | AMX_TILE | AMX_INT8)
        && has(saved_state(), TILE_STATE) && may_use_tiles();
}
#else
int ts_has_avx2(void) { return 0; }
int ts_has_avx512(void) { return 0; }
int ts_has_amx(void) { return 0; }
#endif
