// A pool of threads for regions of microseconds: workers spin for a bounded time between regions, then sleep.
//
// `state` is [open: 1 bit][generation: 31][workers inside: 32]. A worker enters a region only while it is open, so the
// caller never waits for a worker that the system has not woken yet, only for those inside.
//
// Every thread begins with a share of neighbouring chunks: what it reads goes on where its last chunk ended, so that it can
// be asked for in time. Then it helps with the shares of others. Half of what is left is taken at once, so that few pieces
// have a beginning, and the last ones are so short that no thread waits long for another.
#include "ckernels.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define OPEN (1ull << 63)
#define GENERATION(s) ((s) >> 32 & 0x7FFFFFFF)
#define INSIDE(s) ((uint32_t)(s))
#define SPINS 20000

typedef struct {
    _Alignas(64) _Atomic size_t next;
    size_t end;
    ts_pool *pool;
} share;

struct ts_pool {
    _Alignas(64) _Atomic uint64_t state;
    /// The caller's, then the workers'.
    _Alignas(64) share *shares;
    void (*body)(void *, size_t, size_t);
    void *context;
    /// Chunks taken at once.
    size_t most;
    _Alignas(64) _Atomic int sleeping;
    _Atomic int stopping;
    pthread_mutex_t region;  // held by the caller whose region runs
    pthread_mutex_t lock;
    unsigned calls;  // of sleepers, under the lock
    pthread_cond_t wake;
    size_t workers;
    pthread_t *threads;
};

static inline void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void work(ts_pool *pool, share *own) {
    share *const end = pool->shares + pool->workers + 1, *s = own;
    do {
        size_t next = atomic_load_explicit(&s->next, memory_order_relaxed);
        while (next < s->end) {
            size_t taken = (s->end - next + 1) / 2;
            if (taken > pool->most) taken = pool->most;
            if (!atomic_compare_exchange_weak_explicit(
                    &s->next, &next, next + taken, memory_order_relaxed, memory_order_relaxed))
                continue;
            pool->body(pool->context, next, next + taken);
            next = atomic_load_explicit(&s->next, memory_order_relaxed);
        }
        if (++s == end) s = pool->shares;
    } while (s != own);
}

/// Whether an open region later than `seen` has begun, or the pool ends.
static int has_news(ts_pool *pool, uint64_t seen) {
    uint64_t s = atomic_load(&pool->state);
    return ((s & OPEN) && GENERATION(s) != seen) || atomic_load(&pool->stopping);
}

static void *worker(void *argument) {
    share *own = argument;
    ts_pool *pool = own->pool;
    ts_flush_denormals();
    uint64_t seen = 0;
    for (;;) {
        int spins = 0;
        while (!has_news(pool, seen) && spins++ < SPINS) pause_briefly();
        if (!has_news(pool, seen)) {
            pthread_mutex_lock(&pool->lock);
            atomic_fetch_add(&pool->sleeping, 1);
            // Once called, it stays awake for a while: where one region was, more are about to follow.
            unsigned calls = pool->calls;
            while (!has_news(pool, seen) && calls == pool->calls) pthread_cond_wait(&pool->wake, &pool->lock);
            atomic_fetch_sub(&pool->sleeping, 1);
            pthread_mutex_unlock(&pool->lock);
        }
        if (atomic_load(&pool->stopping)) return NULL;
        uint64_t s = atomic_load(&pool->state);
        while ((s & OPEN) && GENERATION(s) != seen) {
            if (atomic_compare_exchange_weak(&pool->state, &s, s + 1)) {
                seen = GENERATION(s);
                work(pool, own);
                atomic_fetch_sub(&pool->state, 1);
                break;
            }
        }
    }
}

ts_pool *ts_pool_create(size_t workers) {
    ts_pool *pool = aligned_alloc(64, (sizeof *pool + 63) / 64 * 64);
    pthread_t *threads = calloc(workers ? workers : 1, sizeof *threads);
    share *shares = aligned_alloc(64, (workers + 1) * sizeof *shares);
    if (!pool || !threads || !shares) {
        free(pool);
        free(threads);
        free(shares);
        return NULL;
    }
    *pool = (ts_pool){.threads = threads, .shares = shares};
    for (size_t i = 0; i <= workers; i++) shares[i] = (share){.pool = pool};
    pthread_mutex_init(&pool->region, NULL);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    while (pool->workers < workers && !pthread_create(&threads[pool->workers], NULL, worker, &shares[pool->workers + 1]))
        pool->workers++;
    return pool;
}

static void wake_sleepers(ts_pool *pool) {
    if (atomic_load(&pool->sleeping)) {
        pthread_mutex_lock(&pool->lock);
        pool->calls++;
        pthread_cond_broadcast(&pool->wake);
        pthread_mutex_unlock(&pool->lock);
    }
}

void ts_pool_destroy(ts_pool *pool) {
    if (!pool) return;
    atomic_store(&pool->stopping, 1);
    wake_sleepers(pool);
    for (size_t i = 0; i < pool->workers; i++) pthread_join(pool->threads[i], NULL);
    pthread_mutex_destroy(&pool->region);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->wake);
    free(pool->threads);
    free(pool->shares);
    free(pool);
}

void ts_pool_run(ts_pool *pool, size_t count, size_t most, void (*body)(void *, size_t, size_t), void *context) {
    if (!count) return;
    if (!pool || !pool->workers || count < 2 || pthread_mutex_trylock(&pool->region)) return body(context, 0, count);
    pool->body = body;
    pool->context = context;
    pool->most = most;
    const size_t threads = pool->workers + 1;
    for (size_t i = 0, begin = 0; i < threads; i++) {
        atomic_store_explicit(&pool->shares[i].next, begin, memory_order_relaxed);
        pool->shares[i].end = begin += (count - begin + threads - i - 1) / (threads - i);
    }
    // Generation 0 is never used: it is what a new worker has seen.
    uint64_t generation = (GENERATION(atomic_load(&pool->state)) % 0x7FFFFFFF) + 1;
    atomic_store(&pool->state, OPEN | generation << 32);
    wake_sleepers(pool);
    work(pool, pool->shares);
    atomic_fetch_and(&pool->state, ~OPEN);
    for (int spins = 0; INSIDE(atomic_load(&pool->state)); spins++) {
        if (spins < SPINS) pause_briefly();
        else sched_yield();
    }
    pthread_mutex_unlock(&pool->region);
}
