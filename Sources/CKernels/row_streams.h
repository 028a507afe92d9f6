// Which rows single vectors are multiplied by together, so that memory is read as eight long streams.
//
// Streams that begin the same number of bytes behind a page's begin would share a few of the first cache's sets, and drive
// each other's lines out: products of single vectors were up to a sixth slower for it. Rows of models are round numbers of
// bytes, so that eighths of a matrix are mostly such streams.
#ifndef ROW_STREAMS_H
#define ROW_STREAMS_H
#include <stddef.h>

#define PAGE_BYTES 4096

/// How far apart streams should begin on their pages, at least.
#define APART_ON_PAGES 512

/// Whether eight streams that begin `bytes` apart have sets of their own, mostly.
static inline int are_apart_on_pages(size_t bytes) {
    const size_t place = bytes % PAGE_BYTES;
    return place >= APART_ON_PAGES && place <= PAGE_BYTES - APART_ON_PAGES;
}

/// Seven streams of `apart` rows and a shorter one. What the longer ones have more are `more` times eight rows each.
typedef struct {
    size_t apart, together, more;
} row_streams;

/// Eight rows, `apart` rows apart.
typedef struct {
    size_t first, apart;
} eight_rows;

/// The streams of `rows` rows of `row_bytes`: eighths, or a little longer where those would begin alike on their pages.
static inline row_streams streams_of(size_t rows, size_t row_bytes) {
    const size_t eighth = rows / 8;
    for (size_t more = 0; 16 * more <= eighth && more < 8; more++) {
        if (are_apart_on_pages((eighth + more) * row_bytes))
            return (row_streams){.apart = eighth + more, .together = eighth - 7 * more, .more = more};
    }
    return (row_streams){.apart = eighth, .together = eighth};
}

/// Group `index` of the rows / 8 that rows are dealt out in: one row of each stream, then what longer streams have more.
static inline eight_rows rows_of(const row_streams *s, size_t index) {
    if (index < s->together) return (eight_rows){index, s->apart};
    const size_t rest = index - s->together;
    return (eight_rows){rest / s->more * s->apart + s->together + rest % s->more * 8, 1};
}

#endif
