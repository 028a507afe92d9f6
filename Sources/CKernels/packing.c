// BF16 matrices in twelve bits a number: how they are made. packed_products.h multiplies by them.
//
// An F16 matrix whose numbers BF16 holds as well, as all do that were BF16 before, is packed as if it were one.
#include "ckernels.h"
#include "row_streams.h"
#include <stdlib.h>
#include <string.h>

typedef uint8_t v16 __attribute__((vector_size(16)));
typedef uint16_t words8 __attribute__((vector_size(16)));
typedef uint16_t words4 __attribute__((vector_size(8)));
typedef int32_t integers4 __attribute__((vector_size(16)));
typedef float floats4 __attribute__((vector_size(16)));

ts_packed *ts_pack_begin(ts_type type, size_t rows, size_t columns) {
    if (rows < 8 || !columns || columns % 32 || columns / 32 > UINT32_MAX) return NULL;
    ts_packed *packed = calloc(1, sizeof *packed);
    if (!packed) return NULL;
    const size_t groups = rows / 8;
    packed->type = type, packed->rows = 8 * groups, packed->columns = columns;
    packed->tables = calloc(groups, sizeof *packed->tables);
    packed->first = calloc(groups + 1, sizeof *packed->first);
    if (!packed->tables || !packed->first) {
        ts_pack_free(packed);
        return NULL;
    }
    return packed;
}

void ts_pack_free(ts_packed *packed) {
    if (!packed) return;
    free(packed->tables);
    free(packed->first);
    free(packed->bytes);
    free(packed->odd);
    free(packed);
}

/// Four halves as BF16. Where one is not BF16, infinity or NaN, `lost` is no longer zero.
static words4 as_bfloat(words4 halves, integers4 *lost) {
    const integers4 bits = __builtin_convertvector(halves, integers4), size = bits & 0x7FFF;
    // Below 0x400 the size counts 2^-24; zero has no exponent to change.
    const integers4 tiny = (integers4)__builtin_convertvector(size, floats4) - (24 << 23);
    const integers4 is_tiny = size < 0x400, is_zero = size == 0;
    const integers4 number = ((is_tiny & tiny) | (~is_tiny & ((size << 13) + 0x38000000))) & ~is_zero;
    *lost |= (number & 0xFFFF) | (size >= 0x7C00);
    return __builtin_convertvector((number >> 16) | (bits & 0x8000), words4);
}

/// 32 numbers at p as BF16. 0 where BF16 does not hold one.
static int load_bfloats(ts_type type, const uint8_t *p, uint8_t *out) {
    if (type != TS_F16) {
        memcpy(out, p, 64);
        return 1;
    }
    integers4 lost = {0};
    for (int i = 0; i < 64; i += 8) {
        words4 halves;
        memcpy(&halves, p + i, sizeof halves);
        const words4 numbers = as_bfloat(halves, &lost);
        memcpy(out + i, &numbers, sizeof numbers);
    }
    return (lost[0] | lost[1] | lost[2] | lost[3]) == 0;
}

void ts_pack_survey(ts_packed *packed, const void *weights, size_t row_bytes, size_t group) {
    // Four counts, so that neighbours with one high byte do not wait for each other.
    uint32_t counts[4][256] = {0};
    for (size_t r = 0; r < 8; r++) {
        const uint8_t *w = (const uint8_t *)weights + (8 * group + r) * row_bytes;
        for (size_t c = 0; c < packed->columns; c += 32) {
            uint8_t b[64];
            if (!load_bfloats(packed->type, w + 2 * c, b)) {
                // What cannot be kept is worse than odd: no list of odd numbers is as long as the matrix.
                packed->first[group + 1] = packed->rows * packed->columns;
                return;
            }
            for (size_t k = 0; k < 64; k += 8)
                counts[0][b[k + 1]]++, counts[1][b[k + 3]]++, counts[2][b[k + 5]]++, counts[3][b[k + 7]]++;
        }
    }
    uint64_t total = 0;
    for (int b = 0; b < 256; b++) {
        counts[0][b] += counts[1][b] + counts[2][b] + counts[3][b];
        total += counts[0][b];
    }
    for (int code = 0; code < 16; code++) {
        int most = 0;
        for (int b = 1; b < 256; b++) {
            if (counts[0][b] > counts[0][most]) most = b;
        }
        packed->tables[group][code] = (uint8_t)most;
        total -= counts[0][most];
        counts[0][most] = 0;
    }
    packed->first[group + 1] = total;
}

int ts_pack_allocate(ts_packed *packed) {
    const size_t groups = packed->rows / 8, numbers = packed->rows * packed->columns;
    for (size_t g = 0; g < groups; g++) packed->first[g + 1] += packed->first[g];
    const size_t odd = packed->first[groups];
    // A chunk of eight rows with an odd number takes some three times as long: one in eight at most.
    if (odd > numbers / 2048) return 0;
    packed->stream = numbers / 8 / 2 * 3;
    while (!are_apart_on_pages(packed->stream)) packed->stream += APART_ON_PAGES;
    packed->odd = malloc((odd ? odd : 1) * sizeof *packed->odd);
    packed->bytes = aligned_alloc(64, (8 * packed->stream + 63) / 64 * 64);
    return packed->odd && packed->bytes;
}

#define LOW_HALVES(A, B) __builtin_shufflevector(A, B, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH_HALVES(A, B) __builtin_shufflevector(A, B, 4, 12, 5, 13, 6, 14, 7, 15)
#define EVERY_OTHER(A, B, I) \
    __builtin_shufflevector((v16)A, (v16)B, I, I + 2, I + 4, I + 6, I + 8, I + 10, I + 12, I + 14, I + 16, I + 18, \
                            I + 20, I + 22, I + 24, I + 26, I + 28, I + 30)

/// Which of 32 numbers byte `at` belongs to: where low and high bytes are interleaved, within halves of 16, every other
/// of a half's first eight pairs is one of eight neighbouring numbers, as products want them.
#define EIGHT(A, B) A, B, A + 1, B + 1, A + 2, B + 2, A + 3, B + 3
static const uint8_t number_at[32] = {EIGHT(0, 8), EIGHT(16, 24), EIGHT(4, 12), EIGHT(20, 28)};

void ts_pack_group(ts_packed *packed, const void *weights, size_t row_bytes, size_t group) {
    const size_t chunks = packed->columns / 32;
    const uint8_t *w = (const uint8_t *)weights + 8 * group * row_bytes;
    ts_odd_number *odd = packed->odd + packed->first[group];
    v16 values[16], numbers[16];
    for (int code = 0; code < 16; code++) {
        memset(&values[code], packed->tables[group][code], 16);
        memset(&numbers[code], code, 16);
    }
    for (size_t c = 0; c < chunks; c++) {
        for (size_t r = 0; r < 8; r++) {
            uint8_t *to = packed->bytes + r * packed->stream + (group * chunks + c) * 48;
            v16 low[2], high[2], codes[2] = {{0}, {0}}, found[2] = {{0}, {0}};
            words8 w8[4], first, second;
            load_bfloats(packed->type, w + r * row_bytes + 64 * c, (uint8_t *)w8);
            for (int i = 0; i < 2; i++) {
                first = i ? HIGH_HALVES(w8[0], w8[1]) : LOW_HALVES(w8[0], w8[1]);
                second = i ? HIGH_HALVES(w8[2], w8[3]) : LOW_HALVES(w8[2], w8[3]);
                low[i] = EVERY_OTHER(first, second, 0), high[i] = EVERY_OTHER(first, second, 1);
            }
            for (int code = 0; code < 16; code++) {
                for (int i = 0; i < 2; i++) {
                    const v16 same = (v16)(high[i] == values[code]);
                    codes[i] |= same & numbers[code];
                    found[i] |= same;
                }
            }
            const v16 both = codes[0] | (v16)((words8)codes[1] << 4), all = found[0] & found[1];
            memcpy(to, &both, 16), memcpy(to + 16, low, 32);
            uint64_t halves[2];
            memcpy(halves, &all, sizeof halves);
            if ((halves[0] & halves[1]) == UINT64_MAX) continue;
            for (int at = 0; at < 32; at++) {
                if (found[at / 16][at % 16]) continue;
                *odd++ = (ts_odd_number){
                    .chunk = (uint32_t)c, .row = (uint8_t)r, .at = (uint8_t)at, .number = number_at[at],
                    .high = high[at / 16][at % 16]};
            }
        }
    }
}
