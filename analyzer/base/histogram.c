/* histogram.c: buckets of equal relative width (histogram.h). */
#include "analyzer/base/histogram.h"

#include <stdlib.h>

#include "analyzer/base/memory.h"

/* Values below 32 have a bucket each in row 0; row N holds those with N + 5 bits. */
static unsigned row_of(uint64_t value) {
    return value < TC_HISTOGRAM_BUCKETS ? 0 : 59u - (unsigned)__builtin_clzll(value);
}

static unsigned bucket_of(uint64_t value, unsigned row) {
    return row ? (unsigned)(value >> (row - 1)) - TC_HISTOGRAM_BUCKETS : (unsigned)value;
}

/* The greatest value of a bucket. */
static uint64_t top_of(unsigned row, unsigned bucket) {
    if (!row)
        return bucket;
    return (((uint64_t)bucket + TC_HISTOGRAM_BUCKETS + 1) << (row - 1)) - 1;
}

static uint64_t *row(struct tc_histogram *histogram, unsigned number) {
    if (!histogram->rows[number])
        histogram->rows[number] = tc_alloc_array(TC_HISTOGRAM_BUCKETS, sizeof(uint64_t));
    return histogram->rows[number];
}

void tc_histogram_add(struct tc_histogram *histogram, uint64_t value) {
    unsigned number = row_of(value);
    row(histogram, number)[bucket_of(value, number)]++;
    histogram->count++;
    histogram->sum += value;
    if (value > histogram->max)
        histogram->max = value;
}

void tc_histogram_merge(struct tc_histogram *histogram, const struct tc_histogram *from) {
    for (unsigned i = 0; i < TC_HISTOGRAM_ROWS; i++)
        for (unsigned j = 0; from->rows[i] && j < TC_HISTOGRAM_BUCKETS; j++)
            row(histogram, i)[j] += from->rows[i][j];
    histogram->count += from->count;
    histogram->sum += from->sum;
    if (from->max > histogram->max)
        histogram->max = from->max;
}

uint64_t tc_histogram_quantile(const struct tc_histogram *histogram, double share) {
    uint64_t seen = 0, wanted = (uint64_t)((double)histogram->count * share);
    if ((double)wanted < (double)histogram->count * share || !wanted)
        wanted++;
    for (unsigned i = 0; i < TC_HISTOGRAM_ROWS; i++)
        for (unsigned j = 0; histogram->rows[i] && j < TC_HISTOGRAM_BUCKETS; j++) {
            seen += histogram->rows[i][j];
            if (seen >= wanted) {
                uint64_t top = top_of(i, j);
                return top < histogram->max ? top : histogram->max;
            }
        }
    return histogram->max;
}

double tc_histogram_share(const struct tc_histogram *histogram, uint64_t value) {
    uint64_t below = 0;
    if (!histogram->count)
        return 0;
    for (unsigned i = 0; i < TC_HISTOGRAM_ROWS; i++)
        for (unsigned j = 0; histogram->rows[i] && j < TC_HISTOGRAM_BUCKETS; j++) {
            uint64_t top = top_of(i, j) < histogram->max ? top_of(i, j) : histogram->max;
            below += top <= value ? histogram->rows[i][j] : 0;
        }
    return (double)below / (double)histogram->count;
}

void tc_histogram_clear(struct tc_histogram *histogram) {
    for (unsigned i = 0; i < TC_HISTOGRAM_ROWS; i++)
        free(histogram->rows[i]);
    *histogram = (struct tc_histogram){0};
}
