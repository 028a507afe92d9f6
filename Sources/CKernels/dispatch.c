// Which instruction set's kernels run.
#include "ckernels.h"
#include "processor.h"
#include "self_test.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

extern const ts_kernels ts_portable;
#if defined(__x86_64__)
extern const ts_kernels ts_amx, ts_avx512, ts_avx2;
/// What other sets are held against.
#define REFERENCE ts_avx2
#else
#define REFERENCE ts_portable
#endif

/// A set of kernels, whether the processor has what it needs, and whether its results are to be tested before use.
typedef struct {
    const ts_kernels *kernels;
    int (*is_supported)(void);
    int is_tested, is_known;
    ts_set_state state;
} kernel_set;

static int always(void) { return 1; }

/// Best first; behind those of this library the ones that `ts_add_set` brings.
static kernel_set sets[8] = {
#if defined(__x86_64__)
    {&ts_amx, ts_has_amx, 1, 0, TS_SET_LACKING},
    {&ts_avx512, ts_has_avx512, 1, 0, TS_SET_LACKING},
    {&ts_avx2, ts_has_avx2, 0, 0, TS_SET_LACKING},
#endif
    {&ts_portable, always, 0, 0, TS_SET_LACKING},
};
static size_t added;
static pthread_mutex_t sets_lock = PTHREAD_MUTEX_INITIALIZER;

static size_t own_sets(void) {
    size_t count = 1;
    while (sets[count - 1].kernels != &ts_portable) count++;
    return count;
}

/// Set number `index`, its state worked out; NULL past the last.
static const kernel_set *set_at(size_t index) {
    kernel_set *set = NULL;
    pthread_mutex_lock(&sets_lock);
    if (index < own_sets() + added) {
        set = &sets[index];
        if (!set->is_known) {
            if (set->is_supported())
                set->state = !set->is_tested || ts_agrees(set->kernels, &REFERENCE) ? TS_SET_USABLE : TS_SET_WRONG;
            set->is_known = 1;
        }
    }
    pthread_mutex_unlock(&sets_lock);
    return set;
}

/// The set called `name`; NULL where there is none.
static const kernel_set *set_called(const char *name) {
    pthread_mutex_lock(&sets_lock);
    size_t place = 0;
    const size_t count = own_sets() + added;
    while (place < count && strcmp(sets[place].kernels->name, name)) place++;
    pthread_mutex_unlock(&sets_lock);
    return set_at(place);
}

const char *ts_set_name(size_t index) { return index < own_sets() ? sets[index].kernels->name : NULL; }

ts_set_state ts_state_of_set(const char *name) {
    const kernel_set *set = set_called(name);
    return set ? set->state : TS_SET_UNKNOWN;
}

int ts_add_set(const ts_kernels *kernels) {
    int has_room = 0;
    pthread_mutex_lock(&sets_lock);
    const size_t place = own_sets() + added;
    if (ts_has_avx2() && place < sizeof sets / sizeof sets[0]) {
        sets[place] = (kernel_set){kernels, ts_has_avx2, 1, 0, TS_SET_LACKING};
        added++;
        has_room = 1;
    }
    pthread_mutex_unlock(&sets_lock);
    return has_room;
}

/// The set called `name`, or the best where it is NULL; NULL where it cannot be used.
static const ts_kernels *find(const char *name) {
    if (!name) {
        for (size_t i = 0; i < own_sets(); i++) {
            const kernel_set *set = set_at(i);
            if (set->state == TS_SET_USABLE) return set->kernels;
        }
    }
    const kernel_set *set = name ? set_called(name) : NULL;
    return set && set->state == TS_SET_USABLE ? set->kernels : NULL;
}

static const ts_kernels *chosen = &ts_portable;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local const ts_kernels *overriding;
static int float_activations, repacking;
static _Thread_local int overriding_activations;

static void choose(void) {
    const char *wanted = getenv("TOKENSWARM_ISA");
    const ts_kernels *forced = wanted && *wanted ? find(wanted) : NULL;
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

void ts_multiply(ts_type type, const void *w, size_t row_bytes, ts_part rows, size_t columns, const float *x, size_t ldx,
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
void ts_multiply_quantised(ts_type type, const void *w, size_t row_bytes, ts_part rows, size_t columns, const void *x,
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
