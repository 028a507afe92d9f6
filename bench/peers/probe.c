// What the machine gives at most: bytes a second read from memory, and multiplications with additions a second in floats.
//
//     cc -O3 -march=native -pthread probe.c -o probe && ./probe 2
//
// Prints one JSON object. A thread reads 128 MiB of its own as eight streams, asked for ahead; then it runs twelve
// independent chains of fused products over vectors as wide as the compiler was told the processor has. The best of a few
// passes of each, since what disturbs only ever slows.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__AVX512F__)
#define WIDTH 16
#elif defined(__AVX__)
#define WIDTH 8
#else
#define WIDTH 4
#endif
typedef float lanes __attribute__((vector_size(4 * WIDTH)));

enum { STREAMS = 8, CHAINS = 12, PASSES = 6, STEPS = 4000000 };
static const size_t bytes = (size_t)128 << 20;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct {
    pthread_barrier_t *start;
    double read[PASSES], multiplied[PASSES];
    float sink;
} worker;

static float read_all(const char *memory) {
    const size_t stream = bytes / STREAMS, size = sizeof(lanes);
    lanes sums[STREAMS] = {0};
    for (size_t place = 0; place < stream; place += 64) {
        for (int s = 0; s < STREAMS; s++) {
            const char *line = memory + (size_t)s * stream + place;
            __builtin_prefetch(line + 2048);
            for (size_t i = 0; i < 64; i += size) {
                lanes v;
                memcpy(&v, line + i, size);
                sums[s] += v;
            }
        }
    }
    lanes total = {0};
    for (int s = 0; s < STREAMS; s++) total += sums[s];
    return total[0];
}

static float multiply_all(float x) {
    lanes chains[CHAINS], factor, summand;
    for (int i = 0; i < WIDTH; i++) factor[i] = x, summand[i] = 1 - x;
    for (int c = 0; c < CHAINS; c++) chains[c] = factor + (float)c;
    for (int step = 0; step < STEPS; step++) {
        for (int c = 0; c < CHAINS; c++) chains[c] = chains[c] * factor + summand;
    }
    lanes total = {0};
    for (int c = 0; c < CHAINS; c++) total += chains[c];
    return total[0];
}

static void *work(void *context) {
    worker *me = context;
    char *memory = aligned_alloc(64, bytes);
    if (!memory) abort();
    memset(memory, 0, bytes);
    for (int pass = 0; pass < PASSES; pass++) {
        pthread_barrier_wait(me->start);
        double began = now();
        me->sink += read_all(memory);
        me->read[pass] = now() - began;
        pthread_barrier_wait(me->start);
        began = now();
        me->sink += multiply_all(0.999f);
        me->multiplied[pass] = now() - began;
    }
    free(memory);
    return NULL;
}

int main(int count, char **arguments) {
    int threads = count > 1 ? atoi(arguments[1]) : 1;
    if (threads < 1 || threads > 1024) return fprintf(stderr, "usage: probe THREADS\n"), 64;
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, (unsigned)threads);
    pthread_t *handles = calloc((size_t)threads, sizeof *handles);
    worker *workers = calloc((size_t)threads, sizeof *workers);
    if (!handles || !workers) abort();
    for (int t = 0; t < threads; t++) {
        workers[t].start = &start;
        if (pthread_create(&handles[t], NULL, work, &workers[t])) abort();
    }
    for (int t = 0; t < threads; t++) pthread_join(handles[t], NULL);
    double read = 1e9, multiplied = 1e9;
    for (int pass = 0; pass < PASSES; pass++) {
        double slowest[2] = {0, 0};
        for (int t = 0; t < threads; t++) {
            if (workers[t].read[pass] > slowest[0]) slowest[0] = workers[t].read[pass];
            if (workers[t].multiplied[pass] > slowest[1]) slowest[1] = workers[t].multiplied[pass];
        }
        if (slowest[0] < read) read = slowest[0];
        if (slowest[1] < multiplied) multiplied = slowest[1];
    }
    const double flops = 2.0 * WIDTH * CHAINS * STEPS * threads;
    printf("{\"threads\": %d, \"read_gb_per_s\": %.2f, \"float_gflop_per_s\": %.1f}\n", threads,
           (double)bytes * threads / read / 1e9, flops / multiplied / 1e9);
    return 0;
}
