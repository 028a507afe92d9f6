/// Arithmetic on stored weights, chosen at run time for the processor.
///
/// Promise: every output element is summed in one fixed order that depends only on its own inputs, never on how many
/// rows are computed together or which thread computes them. So prompts, single tokens and rolled-back tokens agree bit
/// for bit. `avx512` and `avx2` give the same bits, and `amx` does but for BF16; `portable`, where products are not fused
/// with sums, gives other last bits.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

/// How a weight row is stored.
typedef enum {
    TS_F32 = 0,
    TS_F16 = 1,
    TS_BF16 = 2,
    /// Blocks of 32: an F16 scale and 32 signed bytes.
    TS_Q8_0 = 3,
    /// GGUF's packed types: blocks of 32 or, for those of a K or XS, 256 numbers.
    TS_Q4_0 = 4,
    TS_Q4_1 = 5,
    TS_Q5_0 = 6,
    TS_Q5_1 = 7,
    TS_Q2_K = 8,
    TS_Q3_K = 9,
    TS_Q4_K = 10,
    TS_Q5_K = 11,
    TS_Q6_K = 12,
    TS_IQ4_NL = 13,
    TS_IQ4_XS = 14,
    TS_MXFP4 = 15,
} ts_type;

typedef enum {
    TS_SILU = 0,
    /// x · Φ(x), exact.
    TS_GELU = 1,
    /// The tanh approximation of GELU.
    TS_GELU_TANH = 2,
    TS_RELU = 3,
    /// max(x, 0)²
    TS_RELU_SQUARED = 4,
} ts_activation;

/// Consecutive rows of a KV cache.
typedef struct {
    uint32_t start;
    uint32_t count;
} ts_run;

/// One head's keys and values in a KV cache, and how they are attended to.
typedef struct {
    /// Numbers of a query, a key and a value, at most TS_WIDEST_HEAD.
    size_t width;
    /// Rows of ts_cache_row_bytes each.
    ts_type key_type, value_type;
    const void *keys, *values;
    /// Of the products of queries and keys; a soft cap of them, 0 for none.
    float scale, cap;
    /// ALiBi's slope, in bfloat16: scale · slope · place is added to the score of the path's key number `place`; 0 for none.
    float slope;
} ts_head;

/// A number of a packed matrix whose high byte has no code: `number` of 32 from column 32 · chunk on, at byte `at` of
/// its chunk, in the group's row `row`.
typedef struct {
    uint32_t chunk;
    uint8_t row, at, number, high;
} ts_odd_number;

/// A matrix of BF16 numbers in twelve bits each, exactly.
typedef struct {
    /// How they were stored: BF16 or F16.
    ts_type type;
    /// Whole groups of eight rows; columns are a multiple of 32.
    size_t rows, columns;
    /// For each row of the groups, the first rows of all groups first, and every 32 columns of it: 32 codes of four bits,
    /// then 32 low bytes. The second rows begin `stream` bytes behind the first ones, and so on.
    uint8_t *bytes;
    size_t stream;
    /// Each group's high bytes by code.
    uint8_t (*tables)[16];
    /// Group g's odd numbers are first[g] ..< first[g + 1], in the order of their chunks.
    size_t *first;
    ts_odd_number *odd;
} ts_packed;

/// A part of a product's rows: from `first` until before `end`, which are multiples of 8 or `all`. Parts that make up
/// 0 ..< all make the product. Which rows a part is of depends on the number of vectors: many are multiplied by those that
/// it names, few by as many of row_streams.h, so that each part reads on in eight long streams where the one before it
/// ended.
typedef struct {
    size_t all, first, end;
} ts_part;

/// One instruction set's kernels. To add one: compile kernels_body.h once more and add a line to dispatch.c.
typedef struct {
    const char *name;
    void (*multiply)(ts_type, const void *, size_t, ts_part, size_t, const float *, size_t, size_t, const float *,
                     float *, size_t);
    void (*dequantise)(ts_type, const void *, size_t, float *);
    size_t (*activation_bytes)(ts_type, size_t);
    void (*quantise)(ts_type, const float *, size_t, void *);
    void (*multiply_quantised)(ts_type, const void *, size_t, ts_part, size_t, const void *, size_t, size_t,
                               const float *, float *, size_t);
    /// Whether multiply_packed is faster than multiply.
    int packs;
    void (*multiply_packed)(const ts_packed *, size_t, size_t, const float *, size_t, size_t, const float *, float *,
                            size_t);
    void (*dequantise_packed)(const ts_packed *, size_t, float *);
    void (*rms_norm)(const float *, const float *, size_t, float, float *);
    void (*layer_norm)(const float *, const float *, const float *, size_t, float, float *);
    void (*activate)(ts_activation, const float *, const float *, size_t, float *);
    void (*add)(const float *, size_t, float *);
    void (*scale)(float, size_t, float *);
    void (*soft_cap)(float, size_t, float *);
    void (*rope)(float *, size_t, int, const float *, const float *);
    size_t (*cache_row_bytes)(ts_type, size_t);
    void (*cache_store)(ts_type, const float *, size_t, uint8_t *);
    void (*attention)(const ts_head *, const float *, size_t, size_t, const ts_run *, size_t, float *, size_t, float *,
                      size_t);
    double (*log_sum_exp)(const float *, size_t);
    double (*power_sum)(const float *, size_t, float, float, double *);
    void (*softmax)(float *, size_t);
    float (*maximum)(const float *, size_t);
    double (*exp_sum)(const float *, size_t, double);
    void (*exp_row)(const float *, size_t, double, double *);
    void (*add_scaled)(const double *, double, size_t, double *);
    void (*share_own)(const double *, const double *, const double *, size_t, double, double, double *, double *);
} ts_kernels;

/// The name of the instruction set in use: that of TOKENSWARM_ISA where it can be used, otherwise the best that can.
const char *ts_isa(void);
/// Whether a set can be used.
typedef enum {
    TS_SET_USABLE = 0,
    TS_SET_UNKNOWN = 1,
    /// The processor or the system lacks what it needs.
    TS_SET_LACKING = 2,
    /// Its results on this processor are not those they should be.
    TS_SET_WRONG = 3,
} ts_set_state;
ts_set_state ts_state_of_set(const char *name);
/// The name of set number `index`, best first; NULL past the last.
const char *ts_set_name(size_t index);
/// Adds a set compiled for AVX2 that only its name chooses. For tests. Returns 0 where the processor lacks AVX2 or there
/// is no room.
int ts_add_set(const ts_kernels *set);
/// Makes this thread alone use the set called `name`, NULL for the default again. Returns 0 where it is unknown or the
/// processor lacks it. For tests that compare sets.
int ts_override_isa(const char *name);

/// y[m·ldy + r] = Σ_k w[r][k]·x[m·ldx + k] (+ bias[r]) for weight rows of `columns` numbers, `row_bytes` apart, of which a
/// part is multiplied, and `m` vectors. `bias` may be NULL. Nothing needs alignment.
void ts_multiply(ts_type type, const void *w, size_t row_bytes, ts_part rows, size_t columns, const float *x, size_t ldx,
                 size_t m, const float *bias, float *y, size_t ldy);
/// The bytes of a row of n activations quantised for weights of `type`; 0 where those are multiplied by floats, as all
/// are with TOKENSWARM_ACTIVATIONS=float. For BF16, with `amx` alone, quantising is exact.
size_t ts_activation_bytes(ts_type type, size_t n);
/// Quantises n activations for weights of `type`. A row with a number that is not finite gives NaN in every product.
void ts_quantise(ts_type type, const float *x, size_t n, void *out);
/// Makes this thread alone multiply all types by floats (1), or as the process does again (0). For tests.
void ts_override_activations(int floats);
/// `size` bytes of this thread's own, aligned to 64, until its next call.
void *ts_scratch(size_t size);
/// As ts_multiply, by `m` rows of quantised activations, `ldx` bytes apart and aligned to 4 bytes.
void ts_multiply_quantised(ts_type type, const void *w, size_t row_bytes, ts_part rows, size_t columns, const void *x,
                           size_t ldx, size_t m, const float *bias, float *y, size_t ldy);
/// The `n` numbers of a stored row.
void ts_dequantise(ts_type type, const void *row, size_t n, float *out);
/// As ts_multiply for the stored type, by `rows` rows from `row` on of a packed matrix, both multiples of 8.
void ts_multiply_packed(const ts_packed *packed, size_t row, size_t rows, const float *x, size_t ldx, size_t m,
                        const float *bias, float *y, size_t ldy);
/// The numbers of row `row`.
void ts_dequantise_packed(const ts_packed *packed, size_t row, float *out);
/// Whether packed matrices are multiplied faster; 0 where TOKENSWARM_REPACK is 0.
int ts_packing_pays(void);
/// Begins to pack the rows of a BF16 or F16 matrix that make whole groups of eight. NULL where columns are no multiple of
/// 32 or there is no memory. To be followed by ts_pack_survey for every group, ts_pack_allocate, ts_pack_group for every group;
/// groups may be worked on in any order and side by side.
ts_packed *ts_pack_begin(ts_type type, size_t rows, size_t columns);
/// Finds the group's most frequent high bytes. `weights` is the matrix's first row.
void ts_pack_survey(ts_packed *packed, const void *weights, size_t row_bytes, size_t group);
/// Returns 0 where a number of F16 is none of BF16, packing does not pay, too many numbers being odd, or there is no memory.
int ts_pack_allocate(ts_packed *packed);
void ts_pack_group(ts_packed *packed, const void *weights, size_t row_bytes, size_t group);
void ts_pack_free(ts_packed *packed);
/// The first of the `count` numbers stored at `data` that is NaN or infinite, SIZE_MAX where there is none. A whole
/// block counts from its first number where its scale is no number.
size_t ts_first_non_finite(ts_type type, const void *data, size_t count);
/// out = x / √(mean x² + ε) · w
void ts_rms_norm(const float *x, const float *w, size_t n, float eps, float *out);
/// out = (x − mean) / √(var + ε) · w + b; w and b may be NULL.
void ts_layer_norm(const float *x, const float *w, const float *b, size_t n, float eps, float *out);
/// out = f(x), times `up` where it is not NULL.
void ts_activate(ts_activation kind, const float *x, const float *up, size_t n, float *out);
/// y += x
void ts_add(const float *x, size_t n, float *y);
/// y *= s
void ts_scale(float s, size_t n, float *y);
/// y = cap · tanh(y / cap)
void ts_soft_cap(float cap, size_t n, float *y);
/// Rotates `pairs` pairs of x by the angles given by cosine and sine: (x[i], x[i + pairs]), or (x[2i], x[2i + 1]) where
/// `interleaved` is set.
void ts_rope(float *x, size_t pairs, int interleaved, const float *cosine, const float *sine);
/// Numbers of a head at most.
#define TS_WIDEST_HEAD 4096
/// Bytes of a row of a KV cache that holds `width` numbers as TS_F32, TS_F16 or TS_Q8_0: padded to a multiple of 8
/// numbers, for Q8_0 of 32.
size_t ts_cache_row_bytes(ts_type type, size_t width);
/// Writes `width` numbers as such a row, zeros after them, each rounded to the nearest.
void ts_cache_store(ts_type type, const float *x, size_t width, void *row);
/// Queries that can be attended together.
#define TS_QUERIES_TOGETHER 4
/// One head's attention over the cache rows named by `runs`, in order: out = Σ_j softmax_j(cap(scale·q·k_j)) v_j for one
/// query; or for TS_QUERIES_TOGETHER of them, `ldq` floats apart, of which number c sees c rows more than the runs, those
/// behind the last one. Outputs are `ldo` floats apart. `scores` has for every query `lds` floats: room for the rows it
/// sees, rounded up to 8.
void ts_attention(const ts_head *head, const float *q, size_t ldq, size_t queries, const ts_run *runs, size_t run_count,
                  float *scores, size_t lds, float *out, size_t ldo);
/// log Σ exp x, summed in double; −∞ where every x is −∞.
double ts_log_sum_exp(const float *x, size_t n);
/// Σ e^{s·(x − max)}, the sum in double; numbers for which s·(x − max) is below −87 count as nothing, −∞ among them.
/// `first` gets Σ e^{s·(x − max)}·(x − max) where it is not NULL.
double ts_power_sum(const float *x, size_t n, float max, float s, double *first);
/// x = softmax x
void ts_softmax(float *x, size_t n);
/// The largest x; −∞ where there is none. NaN is passed over.
float ts_maximum(const float *x, size_t n);
/// Σ e^{x − shift} in double, to a few units in the last place; numbers for which x − shift is below −708 count as
/// nothing.
double ts_exp_sum(const float *x, size_t n, double shift);
/// out = e^{x − shift}, the same way.
void ts_exp_row(const float *x, size_t n, double shift, double *out);
/// y += factor · x
void ts_add_scaled(const double *x, double factor, size_t n, double *y);
/// A group that has less is one that peers give nothing: the quotient of what is left could overflow.
#define TS_LEAST_GROUP 1e-290
/// What a member makes of the symbols that it has, where mass is shared with peers:
/// factor = α·own/group, mixed += weight · ((1 − α)·own + factor·peers); where the group has nothing, factor = 0 and
/// mixed += weight · own.
void ts_share_own(const double *own, const double *peers, const double *group, size_t n, double alpha, double weight,
                  double *factor, double *mixed);
/// y[to[i]] += x[i] for every i with to[i] ≥ 0. Returns the sum of those x; `lost` gets that of the others.
double ts_scatter_add(const double *x, const int32_t *to, size_t n, double *y, double *lost);
/// Writes the places of the x[i] ≥ least to `places`, in order, `most` of them at most. Returns how many there are, or
/// most + 1 where there are more.
size_t ts_places_at_least(const float *x, size_t n, float least, int32_t *places, size_t most);
/// y[to[i]] += x[from[i]]
void ts_add_along(const double *x, const int32_t *from, const int32_t *to, size_t n, double *y);
/// y[to[i]] += scale · x[from[i]] · z[to[i]]
void ts_add_along_scaled(const double *x, const int32_t *from, const int32_t *to, size_t n, double scale,
                         const double *z, double *y);

/// Makes this thread treat denormal numbers as zero (they cost eight times as much). Returns the state before.
uint64_t ts_flush_denormals(void);
/// Puts back a state that ts_flush_denormals gave.
void ts_restore_denormals(uint64_t state);

/// Gives memory that was freed back to the system, where the C library can.
void ts_trim_heap(void);

/// Threads that run numbered chunks of one region at a time.
typedef struct ts_pool ts_pool;
/// A pool of `workers` threads besides the caller. NULL where no thread could be started.
ts_pool *ts_pool_create(size_t workers);
void ts_pool_destroy(ts_pool *pool);
/// Runs body(context, first, end) for ranges that make up 0 ..< count on the workers and the calling thread: each begins with
/// a share of neighbouring numbers, in order, and then takes those that are left of others' shares, half of what is left at a
/// time but no more than `most`.
/// Where the pool is busy with another region, the caller does all of it.
void ts_pool_run(ts_pool *pool, size_t count, size_t most, void (*body)(void *context, size_t first, size_t end),
                 void *context);

#endif
