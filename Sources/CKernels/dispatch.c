// Which instruction set's kernels run.
#include "ckernels.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

extern const ts_kernels ts_portable;
#if defined(__x86_64__)
extern const ts_kernels ts_avx2;
#endif

/// The set called `name`, or the best where it is NULL; NULL where the processor lacks it.
static const ts_kernels *find(const char *name) {
#if defined(__x86_64__)
    if ((!name || !strcmp(name, ts_avx2.name)) && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
        && __builtin_cpu_supports("f16c"))
        return &ts_avx2;
#endif
    if (!name || !strcmp(name, ts_portable.name)) return &ts_portable;
    return NULL;
}

static const ts_kernels *chosen = &ts_portable;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local const ts_kernels *overriding;
static int float_activations, repacking;
static _Thread_local int overriding_activations;

static void choose(void) {
    const ts_kernels *forced = find(getenv("TOKENSWARM_ISA"));
    chosen = forced ? forced : find(NULL);
    const char *activations = getenv("TOKENSWARM_ACTIVATIONS");
    float_activations = activations && !strcmp(activations, "float");
    const char *repack = getenv("TOKENSWARM_REPACK");
    repacking = !repack || strcmp(repack, "0");
}

static inline const ts_kernels *active(void) {
    if (overriding) return overriding;
    pthread_once(&once, choose);
    return chosen;
}

const char *ts_isa(void) { return active()->name; }

int ts_override_isa(const char *name) {
    const ts_kernels *found = name ? find(name) : NULL;
    overriding = found;
    return !name || found;
}

void ts_multiply(ts_type type, const void *w, size_t row_bytes, size_t rows, size_t columns, const float *x, size_t ldx,
                 size_t m, const float *bias, float *y, size_t ldy) {
    active()->multiply(type, w, row_bytes, rows, columns, x, ldx, m, bias, y, ldy);
}
void ts_override_activations(int floats) { overriding_activations = floats; }

size_t ts_activation_bytes(ts_type type, size_t n) {
    const ts_kernels *kernels = active();
    pthread_once(&once, choose);
    return float_activations || overriding_activations ? 0 : kernels->activation_bytes(type, n);
}
void ts_quantise(ts_type type, const float *x, size_t n, void *out) { active()->quantise(type, x, n, out); }
void ts_multiply_quantised(ts_type type, const void *w, size_t row_bytes, size_t rows, size_t columns, const void *x,
                           size_t ldx, size_t m, const float *bias, float *y, size_t ldy) {
    active()->multiply_quantised(type, w, row_bytes, rows, columns, x, ldx, m, bias, y, ldy);
}
void ts_multiply_packed(const ts_packed *packed, size_t row, size_t rows, const float *x, size_t ldx, size_t m,
                        const float *bias, float *y, size_t ldy) {
    active()->multiply_packed(packed, row, rows, x, ldx, m, bias, y, ldy);
}
void ts_dequantise_packed(const ts_packed *packed, size_t row, float *out) {
    active()->dequantise_packed(packed, row, out);
}
int ts_packing_pays(void) {
    const ts_kernels *kernels = active();
    pthread_once(&once, choose);
    return repacking && kernels->packs;
}
void ts_dequantise(ts_type type, const void *row, size_t n, float *out) { active()->dequantise(type, row, n, out); }
void ts_rms_norm(const float *x, const float *w, size_t n, float eps, float *out) {
    active()->rms_norm(x, w, n, eps, out);
}
void ts_layer_norm(const float *x, const float *w, const float *b, size_t n, float eps, float *out) {
    active()->layer_norm(x, w, b, n, eps, out);
}
void ts_activate(ts_activation kind, const float *x, const float *up, size_t n, float *out) {
    active()->activate(kind, x, up, n, out);
}
void ts_add(const float *x, size_t n, float *y) { active()->add(x, n, y); }
void ts_scale(float s, size_t n, float *y) { active()->scale(s, n, y); }
void ts_soft_cap(float cap, size_t n, float *y) { active()->soft_cap(cap, n, y); }
void ts_rope(float *x, size_t pairs, int interleaved, const float *cosine, const float *sine) {
    active()->rope(x, pairs, interleaved, cosine, sine);
}
size_t ts_cache_row_bytes(ts_type type, size_t width) { return active()->cache_row_bytes(type, width); }
void ts_cache_store(ts_type type, const float *x, size_t width, void *row) {
    active()->cache_store(type, x, width, row);
}
void ts_attention(const ts_head *head, const float *q, size_t ldq, size_t queries, const ts_run *runs, size_t run_count,
                  float *scores, size_t lds, float *out, size_t ldo) {
    active()->attention(head, q, ldq, queries, runs, run_count, scores, lds, out, ldo);
}
double ts_log_sum_exp(const float *x, size_t n) { return active()->log_sum_exp(x, n); }
double ts_power_sum(const float *x, size_t n, float max, float s, double *first) {
    return active()->power_sum(x, n, max, s, first);
}
void ts_softmax(float *x, size_t n) { active()->softmax(x, n); }
float ts_maximum(const float *x, size_t n) { return active()->maximum(x, n); }
double ts_exp_sum(const float *x, size_t n, double shift) { return active()->exp_sum(x, n, shift); }
void ts_exp_row(const float *x, size_t n, double shift, double *out) { active()->exp_row(x, n, shift, out); }
void ts_add_scaled(const double *x, double factor, size_t n, double *y) { active()->add_scaled(x, factor, n, y); }
void ts_share_own(const double *own, const double *peers, const double *group, size_t n, double alpha, double weight,
                  double *factor, double *mixed) {
    active()->share_own(own, peers, group, n, alpha, weight, factor, mixed);
}

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
typedef struct {
    size_t size;
    _Alignas(64) char bytes[];
} scratch;

static void make_scratch_key(void) { pthread_key_create(&scratch_key, free); }

void *ts_scratch(size_t size) {
    pthread_once(&scratch_once, make_scratch_key);
    scratch *held = pthread_getspecific(scratch_key);
    if (held && held->size >= size) return held->bytes;
    size_t room = (size + size / 2 + sizeof(scratch) + 63) / 64 * 64;
    scratch *grown = room > size ? aligned_alloc(64, room) : NULL;
    if (!grown) abort();
    free(held);
    grown->size = room - sizeof(scratch);
    pthread_setspecific(scratch_key, grown);
    return grown->bytes;
}

uint64_t ts_flush_denormals(void) {
#if defined(__x86_64__)
    uint32_t state = _mm_getcsr();
    _mm_setcsr(state | 0x8040);  // flush to zero, denormals are zero
    return state;
#elif defined(__aarch64__)
    uint64_t state;
    __asm__ volatile("mrs %0, fpcr" : "=r"(state));
    __asm__ volatile("msr fpcr, %0" : : "r"(state | 1u << 24));
    return state;
#else
    return 0;
#endif
}

void ts_restore_denormals(uint64_t state) {
#if defined(__x86_64__)
    _mm_setcsr((uint32_t)state);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(state));
#endif
}
