/* feasible.c: looks for an order of lock operations that leads to given requests.
 *
 * First straight on: all threads in the order of the trace, as far as the targets need them, but
 * the targets' threads stop before the locks that they hold at the end; these parts come last.  A
 * lock that another thread holds where it stopped lets that thread go on to its release.  If that
 * leads nowhere, a bounded search over all orders.
 */
#include "analyzer/checkers/feasible.h"

#include <stdlib.h>
#include <uthash.h>

#include "analyzer/base/memory.h"

#define EXTENSIONS    64
#define SEARCH_STATES 50000
#define SEARCH_DEPTH  4000

struct lock_state {
    uint32_t owner, readers; /* owner: thread, 0: nobody */
};

struct seen {
    uint64_t key;
    UT_hash_handle hh;
};

struct search {
    struct tc_replay *replay;
    uint32_t threads;
    size_t *limit;  /* steps that are needed of each thread */
    size_t *pinned; /* of a target's thread: where the locks begin that it holds at the end */
    bool *target;
    size_t *at; /* steps done */
    uint32_t *own;
    struct lock_state *locks;
    struct seen *seen;
    uint32_t states;
    struct tc_schedule *path; /* what was done, in its order */
    struct tc_obstacle *obstacle;
};

static bool is_before(const struct tc_replay_step *step, uint64_t number) {
    return step->number < number;
}

static bool knows_less(const struct tc_replay_step *step, uint64_t own) {
    return step->own < own;
}

/* The first step of the thread that is not `less` than `value`. */
static size_t find(const struct tc_replay_thread *thread,
                   bool (*less)(const struct tc_replay_step *, uint64_t), uint64_t value) {
    size_t low = 0, high = thread->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (less(&thread->steps[middle], value))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The first step of the thread whose record is not before `number`. */
static size_t find_number(const struct tc_replay_thread *thread, uint64_t number) {
    return find(thread, is_before, number);
}

/* How many steps the thread must have done to have sent what makes its entry `own`. */
static size_t find_own(const struct tc_replay_thread *thread, uint32_t own) {
    size_t low = find(thread, knows_less, own);
    return low < thread->count ? low + 1 : low;
}

/* Takes in what the needed steps know of other threads.  False: a target would be passed. */
static bool close_limits(struct search *search) {
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t t = 1; t <= search->threads; t++) {
            const struct tc_replay_thread *thread = &search->replay->threads[t];
            size_t i = search->limit[t];
            while (i > 0 && thread->steps[i - 1].kind != TC_REPLAY_SYNC)
                i--;
            if (i == 0)
                continue;
            for (uint32_t other = 1; other <= search->threads; other++) {
                uint32_t own = tc_snapshot_get(thread->steps[i - 1].known, other);
                if (other == t || own <= 1)
                    continue;
                size_t needed = find_own(&search->replay->threads[other], own);
                if (needed <= search->limit[other])
                    continue;
                if (search->target[other]) {
                    *search->obstacle = (struct tc_obstacle){.thread = t, .holder = other};
                    return false;
                }
                search->limit[other] = needed;
                changed = true;
            }
        }
    }
    return true;
}

/* Where the outermost lock begins that the thread still holds after its first `limit` steps. */
static size_t find_pinned(const struct tc_replay_thread *thread, size_t limit) {
    for (size_t i = 0; i < limit; i++) {
        if (thread->steps[i].kind != TC_REPLAY_ACQUIRE)
            continue;
        size_t j = i + 1;
        while (j < limit && !(thread->steps[j].kind == TC_REPLAY_RELEASE &&
                              thread->steps[j].lock == thread->steps[i].lock))
            j++;
        if (j == limit)
            return i;
    }
    return limit;
}

static bool is_enabled(const struct search *search, uint32_t t) {
    const struct tc_replay_step *step = &search->replay->threads[t].steps[search->at[t]];
    if (step->kind == TC_REPLAY_ACQUIRE) {
        const struct lock_state *lock = &search->locks[step->lock];
        return !lock->owner && (step->mode == TC_MODE_SHARED || !lock->readers);
    }
    if (step->kind == TC_REPLAY_SYNC)
        for (uint32_t other = 1; other <= search->threads; other++)
            if (other != t && tc_snapshot_get(step->known, other) > 1 &&
                tc_snapshot_get(step->known, other) > search->own[other] &&
                search->at[other] < search->replay->threads[other].count)
                return false; /* what it sends after its last step has no step of its own */
    return true;
}

static void apply(struct search *search, uint32_t t, const struct tc_replay_step *step, bool undo) {
    if (step->kind == TC_REPLAY_SYNC)
        return;
    struct lock_state *lock = &search->locks[step->lock];
    bool take = (step->kind == TC_REPLAY_ACQUIRE) != undo;
    if (step->mode == TC_MODE_SHARED)
        lock->readers += take ? 1 : -1;
    else
        lock->owner = take ? t : 0;
}

static void perform(struct search *search, uint32_t t) {
    const struct tc_replay_step *step = &search->replay->threads[t].steps[search->at[t]++];
    apply(search, t, step, false);
    search->own[t] = step->own;
    struct tc_schedule *path = search->path;
    path->threads = tc_grow(path->threads, path->count, &path->capacity, sizeof *path->threads);
    path->threads[path->count++] = t;
}

static void undo(struct search *search, uint32_t t) {
    const struct tc_replay_thread *thread = &search->replay->threads[t];
    search->path->count--;
    apply(search, t, &thread->steps[--search->at[t]], true);
    search->own[t] = search->at[t] ? thread->steps[search->at[t] - 1].own : 1;
}

static void start_over(struct search *search) {
    search->path->count = 0;
    for (uint32_t t = 1; t <= search->threads; t++) {
        search->at[t] = 0;
        search->own[t] = 1;
    }
    for (uint32_t i = 0; i < search->replay->lock_count; i++)
        search->locks[i] = (struct lock_state){0, 0};
}

/* Runs what is needed in the order of the trace; the pinned parts only when `to_the_end`. */
static bool run_straight(struct search *search, bool to_the_end) {
    for (;;) {
        uint32_t next = 0;
        bool left = false;
        for (uint32_t t = 1; t <= search->threads && search->replay->work; t++) {
            size_t limit = search->limit[t];
            if (search->target[t] && !to_the_end && search->pinned[t] < limit)
                limit = search->pinned[t];
            if (search->at[t] >= limit)
                continue;
            left = true;
            search->replay->work--;
            const struct tc_replay_step *steps = search->replay->threads[t].steps;
            if (next && steps[search->at[t]].order >=
                            search->replay->threads[next].steps[search->at[next]].order)
                continue;
            if (is_enabled(search, t))
                next = t;
        }
        if (!next)
            return !left;
        perform(search, next);
    }
}

/* A thread that stopped with a lock that is in the way goes on to its release.  False: there is no
 * such thread, or it cannot. */
static bool extend(struct search *search) {
    for (uint32_t t = 1; t <= search->threads; t++) {
        if (search->at[t] >= search->limit[t])
            continue;
        const struct tc_replay_step *wanted = &search->replay->threads[t].steps[search->at[t]];
        if (wanted->kind != TC_REPLAY_ACQUIRE)
            continue;
        uint32_t holder = search->locks[wanted->lock].owner;
        if (!holder || search->target[holder] || search->at[holder] < search->limit[holder])
            continue;
        const struct tc_replay_thread *thread = &search->replay->threads[holder];
        size_t i = search->limit[holder];
        while (i < thread->count && !(thread->steps[i].kind == TC_REPLAY_RELEASE &&
                                      thread->steps[i].lock == wanted->lock))
            i++;
        if (i == thread->count)
            return false;
        search->limit[holder] = i + 1;
        return close_limits(search);
    }
    return false;
}

/* Keeps which thread could not go on, and why. */
static void note_obstacle(struct search *search) {
    for (uint32_t t = 1; t <= search->threads; t++) {
        if (search->at[t] >= search->limit[t])
            continue;
        const struct tc_replay_step *step = &search->replay->threads[t].steps[search->at[t]];
        struct tc_obstacle found = {.thread = t};
        if (step->kind == TC_REPLAY_ACQUIRE) {
            found.object = search->replay->lock_objects[step->lock];
            found.holder = search->locks[step->lock].owner;
        } else {
            for (uint32_t other = 1; other <= search->threads && !found.holder; other++)
                if (other != t && step->known &&
                    tc_snapshot_get(step->known, other) > search->own[other])
                    found.holder = other;
        }
        if (!search->obstacle->thread || (search->target[t] && found.holder))
            *search->obstacle = found;
    }
}

static bool try_straight(struct search *search) {
    for (int round = 0; round < EXTENSIONS; round++) {
        start_over(search);
        run_straight(search, false);
        if (run_straight(search, true))
            return true;
        if (!extend(search)) {
            note_obstacle(search);
            return false;
        }
    }
    return false;
}

static bool is_new(struct search *search) {
    uint64_t key = 0;
    for (uint32_t t = 1; t <= search->threads; t++)
        key = (key ^ search->at[t]) * 0x9e3779b97f4a7c15ull, key ^= key >> 29;
    struct seen *seen;
    HASH_FIND(hh, search->seen, &key, sizeof key, seen);
    if (seen)
        return false;
    seen = tc_alloc(sizeof *seen);
    seen->key = key;
    HASH_ADD(hh, search->seen, key, sizeof seen->key, seen);
    search->states++;
    return true;
}

/* All orders, other threads as far as they like. */
static bool try_all(struct search *search, uint32_t depth) {
    bool there = true;
    for (uint32_t t = 1; t <= search->threads && there; t++)
        there = !search->target[t] || search->at[t] == search->limit[t];
    if (there)
        return true;
    if (depth == SEARCH_DEPTH || search->states >= SEARCH_STATES || !is_new(search))
        return false;
    for (uint32_t t = 1; t <= search->threads; t++) {
        size_t limit = search->target[t] ? search->limit[t] : search->replay->threads[t].count;
        if (search->at[t] >= limit || !is_enabled(search, t))
            continue;
        perform(search, t);
        if (try_all(search, depth + 1))
            return true;
        undo(search, t);
    }
    return false;
}

static void drop_search(struct search *search) {
    struct seen *seen, *next;
    HASH_ITER(hh, search->seen, seen, next) {
        HASH_DEL(search->seen, seen);
        free(seen);
    }
    free(search->limit), free(search->pinned), free(search->target), free(search->at);
    free(search->own), free(search->locks);
}

static bool search_order(struct search *search) {
    if (!close_limits(search))
        return false;
    size_t total = 0;
    for (uint32_t t = 1; t <= search->threads; t++)
        total += search->limit[t];
    if (try_straight(search))
        return true;
    start_over(search);
    return total < SEARCH_DEPTH && try_all(search, 0);
}

void tc_schedule_clear(struct tc_schedule *schedule) {
    free(schedule->threads);
    *schedule = (struct tc_schedule){0};
}

enum tc_feasible tc_feasible_meet(struct tc_replay *replay, const struct tc_target *targets,
                                  size_t count, struct tc_schedule *schedule,
                                  struct tc_obstacle *obstacle) {
    *obstacle = (struct tc_obstacle){0};
    schedule->count = 0;
    if (!replay->work)
        return TC_FEASIBLE_TOO_LONG;
    size_t slots = (size_t)replay->thread_count + 1;
    struct search search = {
        .replay = replay, .threads = replay->thread_count, .path = schedule, .obstacle = obstacle};
    search.limit = tc_alloc_array(slots, sizeof *search.limit);
    search.pinned = tc_alloc_array(slots, sizeof *search.pinned);
    search.target = tc_alloc(slots);
    search.at = tc_alloc_array(slots, sizeof *search.at);
    search.own = tc_alloc_array(slots, sizeof *search.own);
    search.locks = tc_alloc_array((size_t)replay->lock_count + 1, sizeof *search.locks);
    for (size_t i = 0; i < count; i++) {
        uint32_t t = targets[i].thread;
        search.target[t] = true;
        search.limit[t] = find_number(&replay->threads[t], targets[i].number);
        search.pinned[t] = find_pinned(&replay->threads[t], search.limit[t]);
    }
    bool found = search_order(&search);
    drop_search(&search);
    if (found)
        return TC_FEASIBLE_YES;
    return replay->full || !replay->work ? TC_FEASIBLE_TOO_LONG : TC_FEASIBLE_NOT_FOUND;
}
