/* convoy.c: stretches of waiting, joined as waits come in (convoy.h). */
#include "analyzer/checkers/convoy.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"

enum { KEPT = 32 };

struct stretch {
    uint64_t from, to, sum;
    uint32_t *threads; /* that waited in it, ascending */
    uint32_t count, capacity;
};

struct tc_convoys {
    struct stretch kept[KEPT]; /* by time, none touching the next */
    uint32_t count;
    uint64_t worst_sum, worst_time; /* among those no longer kept */
    uint32_t worst_threads;
};

struct tc_convoys *tc_convoys_new(void) {
    return tc_alloc(sizeof(struct tc_convoys));
}

void tc_convoys_free(struct tc_convoys *convoys) {
    if (!convoys)
        return;
    for (uint32_t i = 0; i < convoys->count; i++)
        free(convoys->kept[i].threads);
    free(convoys);
}

static void add_thread(struct stretch *stretch, uint32_t thread) {
    uint32_t low = 0, high = stretch->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (stretch->threads[middle] < thread)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < stretch->count && stretch->threads[low] == thread)
        return;
    if (stretch->count == stretch->capacity) {
        stretch->capacity = stretch->capacity ? 2 * stretch->capacity : 4;
        stretch->threads =
            tc_realloc_array(stretch->threads, stretch->capacity, sizeof *stretch->threads);
    }
    memmove(&stretch->threads[low + 1], &stretch->threads[low],
            (stretch->count - low) * sizeof *stretch->threads);
    stretch->threads[low] = thread;
    stretch->count++;
}

static void join(struct stretch *into, struct stretch *from) {
    into->from = from->from < into->from ? from->from : into->from;
    into->to = from->to > into->to ? from->to : into->to;
    into->sum += from->sum;
    for (uint32_t i = 0; i < from->count; i++)
        add_thread(into, from->threads[i]);
    free(from->threads);
}

static void judge(struct tc_convoys *convoys, const struct stretch *stretch) {
    if (stretch->count < 2 || stretch->sum <= convoys->worst_sum)
        return;
    convoys->worst_sum = stretch->sum;
    convoys->worst_time = stretch->to - stretch->from;
    convoys->worst_threads = stretch->count;
}

static void make_room(struct tc_convoys *convoys) {
    if (convoys->count < KEPT)
        return;
    judge(convoys, &convoys->kept[0]);
    free(convoys->kept[0].threads);
    convoys->count--;
    memmove(&convoys->kept[0], &convoys->kept[1], convoys->count * sizeof convoys->kept[0]);
}

void tc_convoys_add(struct tc_convoys *convoys, uint32_t thread, uint64_t from, uint64_t to) {
    struct stretch *last = convoys->count ? &convoys->kept[convoys->count - 1] : NULL;
    if (last && from >= last->from && from <= last->to) { /* the usual case */
        last->to = to > last->to ? to : last->to;
        last->sum += to - from;
        add_thread(last, thread);
        return;
    }
    struct stretch stretch = {.from = from, .to = to, .sum = to - from};
    add_thread(&stretch, thread);
    uint32_t first = convoys->count, end;
    while (first > 0 && convoys->kept[first - 1].to >= from)
        first--;
    for (end = first; end < convoys->count && convoys->kept[end].from <= stretch.to; end++)
        join(&stretch, &convoys->kept[end]);
    if (end > first) { /* takes the place of those joined */
        convoys->kept[first] = stretch;
        memmove(&convoys->kept[first + 1], &convoys->kept[end],
                (convoys->count - end) * sizeof stretch);
        convoys->count -= end - first - 1;
        return;
    }
    uint32_t before = convoys->count;
    make_room(convoys);
    first -= before > convoys->count && first > 0;
    memmove(&convoys->kept[first + 1], &convoys->kept[first],
            (convoys->count - first) * sizeof stretch);
    convoys->kept[first] = stretch;
    convoys->count++;
}

void tc_convoys_worst(const struct tc_convoys *convoys, uint32_t *threads, uint64_t *time) {
    struct tc_convoys result = {.worst_sum = convoys->worst_sum,
                                .worst_time = convoys->worst_time,
                                .worst_threads = convoys->worst_threads};
    for (uint32_t i = 0; i < convoys->count; i++)
        judge(&result, &convoys->kept[i]);
    *threads = result.worst_threads;
    *time = result.worst_time;
}
