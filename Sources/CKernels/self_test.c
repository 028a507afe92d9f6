// Whether a set of kernels gives another's results.
#include "self_test.h"
#include <stdlib.h>
#include <string.h>

/// A type's numbers and bytes a block, and where half-precision numbers lie in it; both the same where it has one.
typedef struct {
    ts_type type;
    size_t numbers, bytes, first, second;
} block_form;

static const block_form forms[] = {
    {TS_Q8_0, 32, 34, 0, 0},      {TS_Q4_0, 32, 18, 0, 0},      {TS_Q4_1, 32, 20, 0, 2},     {TS_Q5_0, 32, 22, 0, 0},
    {TS_Q5_1, 32, 24, 0, 2},      {TS_Q2_K, 256, 84, 80, 82},   {TS_Q3_K, 256, 110, 108, 108}, {TS_Q4_K, 256, 144, 0, 2},
    {TS_Q5_K, 256, 176, 0, 2},    {TS_Q6_K, 256, 210, 208, 208}, {TS_IQ4_NL, 32, 18, 0, 0},   {TS_IQ4_XS, 256, 136, 0, 0},
    {TS_MXFP4, 32, 17, 0, 0},
};

/// Whole groups of rows and some more; vectors one at a time, too few for a panel, and whole panels and some more.
enum { ROWS = 21, MOST_COLUMNS = 512, MOST_VECTORS = 37, MOST_BYTES = ROWS * MOST_COLUMNS * 4 };
static const ts_part all_rows = {ROWS, 0, ROWS};
static const size_t vector_counts[] = {1, 3, 6, MOST_VECTORS};

static uint32_t next(uint32_t *state) {
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/// From −1 to 1.
static float next_float(uint32_t *state) { return (float)next(state) * 0x1p-23f - 1; }

/// Rows of random bytes, the first ones of the largest and least numbers alone; where numbers are scales they are about
/// 1, so that nothing is infinite or lost.
static void fill_blocks(const block_form *form, size_t blocks, uint8_t *bytes, uint32_t *state) {
    static const uint8_t extremes[] = {0xFF, 0x80, 0x7F, 0x00};
    for (size_t i = 0; i < ROWS * blocks; i++, bytes += form->bytes) {
        const size_t row = i / blocks;
        for (size_t j = 0; j < form->bytes; j++) bytes[j] = row < sizeof extremes ? extremes[row] : (uint8_t)next(state);
        if (form->type == TS_MXFP4) bytes[0] = (uint8_t)(120 + next(state) % 16);
        else bytes[form->first + 1] = 0x38 | (bytes[form->first + 1] & 0x87);
        if (form->second != form->first) bytes[form->second + 1] = 0x38 | (bytes[form->second + 1] & 0x87);
    }
}

/// Plain numbers of `type`, any bits whose exponent is about that of 1.
static void fill_plain(ts_type type, size_t count, uint8_t *bytes, uint32_t *state) {
    for (size_t i = 0; i < count; i++) {
        float x = next_float(state);
        uint32_t bits;
        memcpy(&bits, &x, sizeof bits);
        uint16_t word = type == TS_BF16 ? (uint16_t)(bits >> 16) : (uint16_t)(0x3000 | (next(state) & 0x8BFF));
        if (type == TS_F32) memcpy(bytes + 4 * i, &bits, 4);
        else memcpy(bytes + 2 * i, &word, 2);
    }
}

typedef struct {
    float x[MOST_VECTORS * MOST_COLUMNS], bias[ROWS], y[MOST_VECTORS * ROWS], expected[MOST_VECTORS * ROWS];
    uint8_t weights[MOST_BYTES], packed[MOST_VECTORS * MOST_COLUMNS * 2], packed_too[MOST_VECTORS * MOST_COLUMNS * 2];
} memory;

/// Products that `set` alone makes of quantised activations: each vector alone gets the bits that it gets among others,
/// and all are close to the products with floats, which stand in `expected`.
static int products_hold(const ts_kernels *set, ts_type type, size_t columns, size_t row_bytes, size_t m, size_t packed,
                         const float *bias, memory *at) {
    for (size_t i = 0; i < m; i++) set->quantise(type, at->x + i * columns, columns, at->packed + i * packed);
    set->multiply_quantised(type, at->weights, row_bytes, all_rows, columns, at->packed, packed, m, bias, at->y, ROWS);
    for (size_t i = 0; i < m; i++) {
        float alone[ROWS];
        set->multiply_quantised(type, at->weights, row_bytes, all_rows, columns, at->packed + i * packed, packed, 1, bias,
                                alone, ROWS);
        if (memcmp(alone, at->y + i * ROWS, sizeof alone)) return 0;
        // A hundred products of numbers below one.
        for (size_t r = 0; r < ROWS; r++) {
            const float difference = alone[r] - at->expected[i * ROWS + r];
            if (!(difference < 2e-5f && difference > -2e-5f)) return 0;
        }
    }
    return 1;
}

/// The products of `m` vectors, by floats and by quantised activations where the type has them.
static int products_agree(const ts_kernels *set, const ts_kernels *reference, ts_type type, size_t columns,
                          size_t row_bytes, size_t m, memory *at) {
    const float *bias = m % 2 ? at->bias : NULL;
    const size_t size = m * ROWS * sizeof(float);
    set->multiply(type, at->weights, row_bytes, all_rows, columns, at->x, columns, m, bias, at->y, ROWS);
    reference->multiply(type, at->weights, row_bytes, all_rows, columns, at->x, columns, m, bias, at->expected, ROWS);
    if (memcmp(at->y, at->expected, size)) return 0;
    const size_t packed = set->activation_bytes(type, columns), expected = reference->activation_bytes(type, columns);
    if (packed && !expected) return products_hold(set, type, columns, row_bytes, m, packed, bias, at);
    if (packed != expected) return 0;
    if (!packed) return 1;
    memset(at->packed, 0, m * packed);
    memset(at->packed_too, 0, m * packed);
    for (size_t i = 0; i < m; i++) {
        set->quantise(type, at->x + i * columns, columns, at->packed + i * packed);
        reference->quantise(type, at->x + i * columns, columns, at->packed_too + i * packed);
    }
    if (memcmp(at->packed, at->packed_too, m * packed)) return 0;
    set->multiply_quantised(type, at->weights, row_bytes, all_rows, columns, at->packed, packed, m, bias, at->y, ROWS);
    reference->multiply_quantised(type, at->weights, row_bytes, all_rows, columns, at->packed, packed, m, bias, at->expected,
                                  ROWS);
    return !memcmp(at->y, at->expected, size);
}

int ts_agrees(const ts_kernels *set, const ts_kernels *reference) {
    memory *at = malloc(sizeof *at);
    if (!at) return 0;
    uint32_t state = 1;
    for (size_t i = 0; i < sizeof at->x / sizeof at->x[0]; i++) at->x[i] = next_float(&state);
    // Numbers of one size make the largest sums.
    for (size_t i = 0; i < MOST_COLUMNS; i++) {
        at->x[i] = 1;
        at->x[(MOST_VECTORS - 1) * MOST_COLUMNS + i] = -1;
    }
    for (size_t i = 0; i < ROWS; i++) at->bias[i] = next_float(&state);
    int agrees = 1;
    const size_t counts = sizeof vector_counts / sizeof vector_counts[0];
    for (size_t f = 0; agrees && f < sizeof forms / sizeof forms[0]; f++) {
        const size_t columns = forms[f].numbers == 32 ? 96 : MOST_COLUMNS, blocks = columns / forms[f].numbers;
        fill_blocks(&forms[f], blocks, at->weights, &state);
        for (size_t i = 0; agrees && i < counts; i++)
            agrees = products_agree(set, reference, forms[f].type, columns, blocks * forms[f].bytes, vector_counts[i], at);
    }
    static const ts_type plain[] = {TS_F32, TS_F16, TS_BF16};
    for (size_t t = 0; agrees && t < 3; t++) {
        const size_t columns = 77;
        fill_plain(plain[t], ROWS * columns, at->weights, &state);
        for (size_t i = 0; agrees && i < counts; i++)
            agrees = products_agree(set, reference, plain[t], columns, columns * (plain[t] == TS_F32 ? 4 : 2),
                                    vector_counts[i], at);
    }
    free(at);
    return agrees;
}
