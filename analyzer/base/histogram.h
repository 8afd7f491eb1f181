/* histogram.h: how often which duration was seen, in little memory.
 *
 * What: 32 buckets for each doubling, so that a quantile is off by 3 % at most; count, sum and
 *       greatest value are exact.  Buckets are allocated by doublings that were seen.
 * Source: G. Tene, HdrHistogram: buckets of equal relative width.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_HISTOGRAM_H
#define TC_ANALYZER_HISTOGRAM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TC_HISTOGRAM_BUCKETS = 32, TC_HISTOGRAM_ROWS = 60 };

struct tc_histogram {
    uint64_t count, sum, max;
    uint64_t *rows[TC_HISTOGRAM_ROWS]; /* NULL: nothing seen in it */
};

void tc_histogram_add(struct tc_histogram *histogram, uint64_t value);
/* Adds all of `from`. */
void tc_histogram_merge(struct tc_histogram *histogram, const struct tc_histogram *from);
/* The least value that `share` (0 to 1) of all values do not exceed; 0 when there is none. */
uint64_t tc_histogram_quantile(const struct tc_histogram *histogram, double share);
/* The share (0 to 1) of the values that are at most `value`, up to its bucket; 0 when empty. */
double tc_histogram_share(const struct tc_histogram *histogram, uint64_t value);
void tc_histogram_clear(struct tc_histogram *histogram);

#ifdef __cplusplus
}
#endif
#endif
