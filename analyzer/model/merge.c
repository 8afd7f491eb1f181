/* merge.c: ready threads, waiting threads, and what happens when all wait (merge.h). */
#include "analyzer/model/merge.h"

#include <stdlib.h>

#include "analyzer/base/memory.h"

enum { MOST_LOOKED_AT = 64 }; /* waiting threads, one after the other */

/* A waiting thread lies in the bucket of its object and ticket, and in a list of all that wait. */
struct waiter {
    struct tc_object *object; /* NULL: does not wait */
    uint64_t ticket;
    uint32_t next;     /* in the bucket, 0: none */
    uint32_t position; /* in `waiting` */
    bool started;
};

struct tc_merge {
    struct waiter *waiters;        /* by index */
    uint32_t threads, not_started; /* the latter: the lowest index that may not have started */
    uint32_t *ready;               /* a ring of threads + 1 */
    uint32_t first, count;
    uint32_t *buckets, mask;
    uint32_t *waiting, waiting_count; /* all that wait, in no order */
};

struct tc_merge *tc_merge_new(uint32_t threads) {
    struct tc_merge *merge = tc_alloc(sizeof *merge);
    uint32_t buckets = 16;
    while (buckets < threads && buckets < 1u << 30)
        buckets *= 2;
    merge->threads = threads;
    merge->not_started = 1;
    merge->mask = buckets - 1;
    merge->waiters = tc_alloc_array(threads + 1ul, sizeof *merge->waiters);
    merge->ready = tc_alloc_array(threads + 1ul, sizeof *merge->ready);
    merge->waiting = tc_alloc_array(threads + 1ul, sizeof *merge->waiting);
    merge->buckets = tc_alloc_array(buckets, sizeof *merge->buckets);
    return merge;
}

void tc_merge_free(struct tc_merge *merge) {
    if (!merge)
        return;
    free(merge->waiters);
    free(merge->ready);
    free(merge->waiting);
    free(merge->buckets);
    free(merge);
}

static void make_ready(struct tc_merge *merge, uint32_t thread) {
    uint32_t at = merge->first + merge->count++;
    merge->ready[at > merge->threads ? at - merge->threads - 1 : at] = thread;
}

void tc_merge_start(struct tc_merge *merge, uint32_t thread) {
    if (!thread || thread > merge->threads || merge->waiters[thread].started)
        return;
    merge->waiters[thread].started = true;
    make_ready(merge, thread);
}

static uint32_t *bucket_of(struct tc_merge *merge, uint32_t object, uint64_t ticket) {
    uint64_t hash = (ticket << 32 ^ object) * 0x9e3779b97f4a7c15ull;
    hash ^= ticket * 0xff51afd7ed558ccdull;
    return &merge->buckets[(hash >> 32) & merge->mask];
}

void tc_merge_wait(struct tc_merge *merge, uint32_t thread, struct tc_object *object,
                   uint64_t ticket) {
    struct waiter *waiter = &merge->waiters[thread];
    uint32_t *bucket = bucket_of(merge, object->id, ticket);
    waiter->object = object;
    waiter->ticket = ticket;
    waiter->next = *bucket;
    waiter->position = merge->waiting_count;
    *bucket = thread;
    merge->waiting[merge->waiting_count++] = thread;
    if (!object->waiting || ticket < object->awaited)
        object->awaited = ticket;
    object->waiting++;
}

/* Takes a waiting thread out; `link` is what points to it in its bucket. */
static void unlink_waiter(struct tc_merge *merge, uint32_t *link) {
    uint32_t thread = *link;
    struct waiter *waiter = &merge->waiters[thread];
    uint32_t last = merge->waiting[--merge->waiting_count];
    *link = waiter->next;
    merge->waiting[waiter->position] = last;
    merge->waiters[last].position = waiter->position;
    waiter->object->waiting--;
    waiter->object = NULL;
}

/* No thread waits for a lower ticket of the object than this, when none waits for its next. */
static uint64_t lowest_awaited(const struct tc_merge *merge, const struct tc_object *object) {
    uint64_t lowest = UINT64_MAX;
    if (merge->waiting_count > MOST_LOOKED_AT)
        return object->ticket + 2;
    for (uint32_t i = 0; i < merge->waiting_count; i++) {
        const struct waiter *waiter = &merge->waiters[merge->waiting[i]];
        if (waiter->object == object && waiter->ticket < lowest)
            lowest = waiter->ticket;
    }
    return lowest;
}

void tc_merge_wake_next(struct tc_merge *merge, struct tc_object *object) {
    uint64_t ticket = object->ticket + 1;
    uint32_t *link = bucket_of(merge, object->id, ticket);
    bool found = false;
    while (*link) {
        uint32_t thread = *link;
        struct waiter *waiter = &merge->waiters[thread];
        if (waiter->object == object && waiter->ticket == ticket) {
            unlink_waiter(merge, link);
            make_ready(merge, thread);
            found = true;
        } else {
            link = &waiter->next;
        }
    }
    object->awaited = found ? ticket + 1 : lowest_awaited(merge, object);
}

/* How many tickets are missing before the one that the thread waits for. */
static uint64_t gap_of(const struct waiter *waiter) {
    uint64_t next = waiter->object->ticket + 1;
    return waiter->ticket > next ? waiter->ticket - next : 0;
}

/* All wait: the thread with the smallest gap goes on. */
static uint32_t break_stall(struct tc_merge *merge) {
    uint32_t best = 0;
    uint64_t best_gap = 0;
    for (uint32_t i = 0; i < merge->waiting_count; i++) {
        uint32_t thread = merge->waiting[i];
        uint64_t gap = gap_of(&merge->waiters[thread]);
        if (!best || gap < best_gap || (gap == best_gap && thread < best)) {
            best = thread;
            best_gap = gap;
        }
    }
    if (!best)
        return 0;
    const struct waiter *waiter = &merge->waiters[best];
    uint32_t *link = bucket_of(merge, waiter->object->id, waiter->ticket);
    while (*link != best)
        link = &merge->waiters[*link].next;
    unlink_waiter(merge, link);
    return best;
}

uint32_t tc_merge_next(struct tc_merge *merge, bool *stalled) {
    *stalled = false;
    while (!merge->count && merge->not_started <= merge->threads)
        tc_merge_start(merge, merge->not_started++);
    if (!merge->count) {
        *stalled = true;
        return break_stall(merge);
    }
    uint32_t thread = merge->ready[merge->first];
    merge->first = merge->first == merge->threads ? 0 : merge->first + 1;
    merge->count--;
    return thread;
}

uint32_t tc_merge_later(const struct tc_merge *merge, uint32_t after) {
    if (after >= merge->count)
        return 0;
    uint32_t at = merge->first + after;
    return merge->ready[at > merge->threads ? at - merge->threads - 1 : at];
}
