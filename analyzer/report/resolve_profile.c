/* resolve_profile.c: adds the locks of one trace to the profile of their classes. */
#include <stdlib.h>
#include <uthash.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/collect.h"
#include "analyzer/report/lock_class.h"

enum { USAGES = 10 }; /* of each kind, class and trace */

/* What one class gathers from one trace. */
struct gathering {
    size_t class_number, lock; /* numbers in the report */
    struct tc_profile_stack *waiters, *holders;
    size_t waiter_count, waiter_capacity, holder_count, holder_capacity;
    UT_hash_handle hh;
};

static struct gathering *gathering_of(struct gathering **all, struct tc_report_profile *profile,
                                      size_t class_number) {
    struct gathering *entry;
    HASH_FIND(hh, *all, &class_number, sizeof class_number, entry);
    if (entry)
        return entry;
    entry = tc_alloc(sizeof *entry);
    entry->class_number = class_number;
    while (entry->lock < profile->count && profile->locks[entry->lock].class_number != class_number)
        entry->lock++;
    if (entry->lock == profile->count) {
        profile->locks =
            tc_realloc_array(profile->locks, profile->count + 1, sizeof *profile->locks);
        profile->locks[profile->count++] = (struct tc_report_lock){.class_number = class_number};
    }
    HASH_ADD(hh, *all, class_number, sizeof entry->class_number, entry);
    return entry;
}

static void add_numbers(struct tc_report_lock *to, const struct tc_profile_lock *from) {
    to->objects++;
    to->acquisitions += from->acquisitions;
    to->contended += from->contended;
    to->waited_for += from->waited_for;
    to->not_waited_for += from->not_waited_for;
    tc_histogram_merge(&to->wait_times, &from->wait);
    tc_histogram_merge(&to->hold_waited_for, &from->hold_waited_for);
    tc_histogram_merge(&to->hold_free, &from->hold_free);
    if (from->convoy_threads < 2 ||
        from->convoy_time * from->convoy_threads <= to->convoy_time * to->convoy_threads)
        return;
    to->convoy_threads = from->convoy_threads;
    to->convoy_time = from->convoy_time;
}

static void add_stacks(struct tc_profile_stack **to, size_t *count, size_t *capacity,
                       const struct tc_profile_stack *from, size_t more) {
    for (size_t i = 0; i < more; i++) {
        *to = tc_grow(*to, *count, capacity, sizeof **to);
        (*to)[(*count)++] = from[i];
    }
}

static int by_stack(const void *left, const void *right) {
    const struct tc_profile_stack *a = left, *b = right;
    return a->stack < b->stack ? -1 : a->stack > b->stack;
}

static int by_total(const void *left, const void *right) {
    const struct tc_profile_stack *a = left, *b = right;
    if (a->total != b->total)
        return a->total < b->total ? 1 : -1;
    return by_stack(left, right);
}

/* Makes one of those with one stack and resolves the first by time. */
static void resolve(const struct tc_resolver *resolver, struct tc_profile_stack *stacks,
                    size_t count, struct tc_report_usage **usages, size_t *usage_count) {
    if (!count)
        return;
    qsort(stacks, count, sizeof *stacks, by_stack);
    size_t distinct = 0;
    for (size_t i = 1; i < count; i++) {
        if (stacks[i].stack != stacks[distinct].stack) {
            stacks[++distinct] = stacks[i];
            continue;
        }
        stacks[distinct].count += stacks[i].count;
        stacks[distinct].total += stacks[i].total;
    }
    qsort(stacks, ++distinct, sizeof *stacks, by_total);
    size_t more = distinct < USAGES ? distinct : USAGES;
    *usages = tc_realloc_array(*usages, *usage_count + more, sizeof **usages);
    for (size_t i = 0; i < more; i++)
        (*usages)[(*usage_count)++] =
            (struct tc_report_usage){.stack = tc_resolve_stack(resolver, stacks[i].stack),
                                     .count = stacks[i].count,
                                     .total = stacks[i].total};
}

void tc_resolve_profile(struct tc_report *report, const struct tc_resolver *resolver) {
    const void *data = resolver->source->profile;
    struct tc_report_profile *profile = report->profile;
    if (!data || !profile)
        return;
    struct gathering *all = NULL, *entry, *next;
    for (size_t i = 0; i < tc_profile_count(data); i++) {
        const struct tc_profile_lock *from = tc_profile_lock(data, i);
        if (!from->acquisitions)
            continue;
        entry = gathering_of(&all, profile, tc_lock_class(report, resolver, from->object));
        add_numbers(&profile->locks[entry->lock], from);
        add_stacks(&entry->waiters, &entry->waiter_count, &entry->waiter_capacity, from->waiters,
                   from->waiter_count);
        add_stacks(&entry->holders, &entry->holder_count, &entry->holder_capacity, from->holders,
                   from->holder_count);
    }
    HASH_ITER(hh, all, entry, next) {
        struct tc_report_lock *lock = &profile->locks[entry->lock];
        resolve(resolver, entry->waiters, entry->waiter_count, &lock->waiters, &lock->waiter_count);
        resolve(resolver, entry->holders, entry->holder_count, &lock->holders, &lock->holder_count);
        HASH_DEL(all, entry);
        free(entry->waiters);
        free(entry->holders);
        free(entry);
    }
}
