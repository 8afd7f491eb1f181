/* profile.c: finishes the lock profile: times, order, the top stacks.
 *
 * Holds are of two kinds, those that somebody waited for and those that nobody did, and of each
 * kind only some are measured.  The mean over all is that of the kinds, each with its number of
 * holds; p99 is taken from both together, each measured hold standing for as many as its kind has
 * for each measured one.
 */
#include "analyzer/report/profile.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = 10 };

static struct tc_report_times exact_times(const struct tc_histogram *from) {
    return (struct tc_report_times){.count = from->count,
                                    .measured = from->count,
                                    .total = from->sum,
                                    .mean = from->count ? from->sum / from->count : 0,
                                    .p99 = tc_histogram_quantile(from, 0.99),
                                    .max = from->max};
}

/* How many of all holds lie at or below `value`, by the measured ones. */
static double share_below(const struct tc_report_lock *lock, uint64_t value) {
    const struct tc_histogram *kinds[] = {&lock->hold_waited_for, &lock->hold_free};
    const double counts[] = {(double)lock->waited_for, (double)lock->not_waited_for};
    double below = 0, all = 0;
    for (int i = 0; i < 2; i++) {
        if (!kinds[i]->count)
            continue;
        all += counts[i];
        below += counts[i] * tc_histogram_share(kinds[i], value);
    }
    return all > 0 ? below / all : 1;
}

static uint64_t hold_p99(const struct tc_report_lock *lock, uint64_t max) {
    uint64_t low = 0, high = max;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (share_below(lock, middle) >= 0.99)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static struct tc_report_times hold_times(const struct tc_report_lock *lock) {
    const struct tc_histogram *waited = &lock->hold_waited_for, *others = &lock->hold_free;
    struct tc_report_times times = {.count = lock->waited_for + lock->not_waited_for,
                                    .measured = waited->count + others->count,
                                    .max = waited->max > others->max ? waited->max : others->max};
    double known = 0, sum = 0;
    if (waited->count) {
        known += (double)lock->waited_for;
        sum += (double)waited->sum / (double)waited->count * (double)lock->waited_for;
    }
    if (others->count) {
        known += (double)lock->not_waited_for;
        sum += (double)others->sum / (double)others->count * (double)lock->not_waited_for;
    }
    if (known > 0) {
        times.mean = (uint64_t)(sum / known);
        times.total = times.measured == times.count ? waited->sum + others->sum
                                                    : (uint64_t)(sum / known * (double)times.count);
        times.p99 = hold_p99(lock, times.max);
    }
    return times;
}

static bool same_frames(const struct tc_report_frames *a, const struct tc_report_frames *b) {
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct tc_report_frame *x = &a->entries[i], *y = &b->entries[i];
        if (x->line != y->line || x->module_offset != y->module_offset ||
            strcmp(x->function, y->function) != 0)
            return false;
    }
    return true;
}

static int by_total(const void *left, const void *right) {
    const struct tc_report_usage *a = left, *b = right;
    return a->total < b->total ? 1 : a->total > b->total ? -1 : 0;
}

/* Insertion keeps the order of equals, which is that of the traces. */
static void sort_usages(struct tc_report_usage *usages, size_t count) {
    for (size_t i = 1; i < count; i++) {
        struct tc_report_usage usage = usages[i];
        size_t at = i;
        for (; at > 0 && by_total(&usages[at - 1], &usage) > 0; at--)
            usages[at] = usages[at - 1];
        usages[at] = usage;
    }
}

/* Makes one of equal stacks and keeps the first by time. */
static size_t finish_usages(struct tc_report_usage *usages, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t same = 0;
        while (same < kept && !same_frames(&usages[same].stack, &usages[i].stack))
            same++;
        if (same == kept) {
            usages[kept++] = usages[i];
            continue;
        }
        usages[same].count += usages[i].count;
        usages[same].total += usages[i].total;
        tc_report_frames_free(&usages[i].stack);
    }
    sort_usages(usages, kept);
    for (size_t i = SHOWN; i < kept; i++)
        tc_report_frames_free(&usages[i].stack);
    return kept < SHOWN ? kept : SHOWN;
}

static int by_wait(const void *left, const void *right) {
    const struct tc_report_lock *a = left, *b = right;
    if (a->wait.total != b->wait.total)
        return a->wait.total < b->wait.total ? 1 : -1;
    if (a->acquisitions != b->acquisitions)
        return a->acquisitions < b->acquisitions ? 1 : -1;
    return a->class_number < b->class_number ? -1 : a->class_number > b->class_number;
}

void tc_report_profile_finish(struct tc_report_profile *profile) {
    for (size_t i = 0; i < profile->count; i++) {
        struct tc_report_lock *lock = &profile->locks[i];
        lock->wait = exact_times(&lock->wait_times);
        lock->hold = hold_times(lock);
        lock->waiter_count = finish_usages(lock->waiters, lock->waiter_count);
        lock->holder_count = finish_usages(lock->holders, lock->holder_count);
    }
    if (profile->count)
        qsort(profile->locks, profile->count, sizeof *profile->locks, by_wait);
}

static void usages_free(struct tc_report_usage *usages, size_t count) {
    for (size_t i = 0; i < count; i++)
        tc_report_frames_free(&usages[i].stack);
    free(usages);
}

void tc_report_profile_free(struct tc_report_profile *profile) {
    for (size_t i = 0; profile && i < profile->count; i++) {
        struct tc_report_lock *lock = &profile->locks[i];
        usages_free(lock->waiters, lock->waiter_count);
        usages_free(lock->holders, lock->holder_count);
        tc_histogram_clear(&lock->wait_times);
        tc_histogram_clear(&lock->hold_waited_for);
        tc_histogram_clear(&lock->hold_free);
    }
    if (profile)
        free(profile->locks);
    free(profile);
}
