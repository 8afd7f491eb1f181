/* collect_profile.c: who waited for which lock, for how long, and who held it meanwhile.
 *
 * Waits are exact: the clock is read before and after every operation that blocks.  Of a hold the
 * end is known when the clock was read right before the release, or when the next to acquire the
 * lock had been waiting for it: then its wait and the hold end together, but for the time that a
 * wake-up takes.  Its begin is known when the acquire had to wait, or by a clock read for another
 * reason: the shim samples, for about one acquire in 500, both ends of a hold that nobody waits
 * for. Other holds are counted and not measured.
 */
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/collect.h"
#include "analyzer/checkers/convoy.h"
#include "analyzer/checkers/support.h"

struct place { /* waits or holds of one lock at one stack */
    struct {
        uint32_t stack;
        uint32_t holder; /* else waiter */
    } key;
    uint64_t count, total;
    UT_hash_handle hh;
};

/* The last hold: the next acquire tells whether somebody waited for its end. */
struct ended {
    bool open; /* there is one */
    bool exact_from, exact_to;
    uint32_t stack;
    uint64_t from, to;
};

struct lock {
    struct tc_profile_lock shown;
    struct place *places;
    struct tc_convoys *convoys;
    struct ended ended;
};

struct hold {
    uint32_t object, stack;
    bool exact;
    uint64_t from;
};

struct thread {
    struct hold *holds;
    size_t count, capacity;
    uint64_t time;
};

struct tc_collect_profile {
    struct lock **by_object;
    size_t by_object_size;
    struct lock **locks; /* in the order of first use */
    size_t count, capacity;
    struct thread *threads;
    size_t thread_size;
};

static void *profile_create(const struct tc_config *config, struct tc_findings *findings,
                            const struct tc_model *model) {
    (void)config, (void)findings, (void)model;
    return tc_alloc(sizeof(struct tc_collect_profile));
}

static struct lock *lock_of(struct tc_collect_profile *self, uint32_t object) {
    self->by_object =
        tc_reach(self->by_object, &self->by_object_size, object, sizeof *self->by_object);
    struct lock **lock = &self->by_object[object];
    if (*lock)
        return *lock;
    *lock = tc_alloc(sizeof **lock);
    (*lock)->shown.object = object;
    self->locks = tc_grow(self->locks, self->count, &self->capacity, sizeof *self->locks);
    self->locks[self->count++] = *lock;
    return *lock;
}

static void add_place(struct lock *lock, uint32_t stack, bool holder, uint64_t time) {
    struct place *place, probe = {.key = {stack, holder}};
    HASH_FIND(hh, lock->places, &probe.key, sizeof probe.key, place);
    if (!place) {
        place = tc_alloc(sizeof *place);
        place->key = probe.key;
        HASH_ADD(hh, lock->places, key, sizeof place->key, place);
    }
    place->count++;
    place->total += time;
}

/* The hold before this acquire is over; `until`: when, for one that was waited for. */
static void end_last(struct lock *lock, bool waited, uint64_t until, uint64_t wait) {
    struct ended *ended = &lock->ended;
    if (!ended->open)
        return;
    ended->open = false;
    uint64_t to = ended->exact_to ? ended->to : until;
    bool known = ended->exact_from && (ended->exact_to || waited) && to >= ended->from;
    struct tc_histogram *holds = waited ? &lock->shown.hold_waited_for : &lock->shown.hold_free;
    if (known)
        tc_histogram_add(holds, to - ended->from);
    if (waited) {
        lock->shown.waited_for++;
        add_place(lock, ended->stack, true, wait);
    } else {
        lock->shown.not_waited_for++;
    }
}

static void begin_hold(struct thread *thread, const struct tc_step *step, bool exact) {
    thread->holds = tc_grow(thread->holds, thread->count, &thread->capacity, sizeof *thread->holds);
    thread->holds[thread->count++] = (struct hold){.object = step->object->id,
                                                   .stack = step->record->stack,
                                                   .exact = exact,
                                                   .from = step->record->time};
}

static void acquired(struct tc_collect_profile *self, struct thread *thread,
                     const struct tc_step *step, bool exact) {
    struct lock *lock = lock_of(self, step->object->id);
    const struct tc_blocked *blocked = &step->thread->blocked;
    bool state_only = step->info->flags & TC_FLAG_STATE;
    bool waited = blocked->object == step->object && !state_only;
    uint64_t wait = 0;
    lock->shown.acquisitions += !state_only;
    if (waited) {
        wait = step->record->time - blocked->time;
        lock->shown.contended++;
        tc_histogram_add(&lock->shown.wait, wait);
        add_place(lock, blocked->stack, false, wait);
        if (!lock->convoys)
            lock->convoys = tc_convoys_new();
        tc_convoys_add(lock->convoys, step->record->thread, blocked->time, step->record->time);
    }
    end_last(lock, waited, step->record->time, wait);
    bool held = tc_is_lock(step->object) || step->object->lock_like;
    if (held && !tc_thread_holds(step->thread, step->object))
        begin_hold(thread, step, exact);
}

/* How many levels of a recursive lock this release gives up. */
static uint64_t levels(const struct tc_step *step) {
    uint64_t arg = step->info->flags & TC_FLAG_WAIT ? step->record->arg : 0;
    return arg ? arg : 1;
}

static void released(struct tc_collect_profile *self, struct thread *thread,
                     const struct tc_step *step, bool exact) {
    const struct tc_held *held = tc_thread_holds(step->thread, step->object);
    if (!held || held->depth > levels(step))
        return;
    size_t at = thread->count;
    while (at > 0 && thread->holds[at - 1].object != step->object->id)
        at--;
    if (!at)
        return;
    struct hold hold = thread->holds[at - 1];
    memmove(&thread->holds[at - 1], &thread->holds[at], (thread->count - at) * sizeof hold);
    thread->count--;
    struct lock *lock = lock_of(self, step->object->id);
    end_last(lock, false, 0, 0); /* another reader's */
    lock->ended =
        (struct ended){true, hold.exact, exact, hold.stack, hold.from, step->record->time};
}

/* Compact recording counted acquires instead of keeping them; the few that waited count as free. */
static void left_out(struct tc_collect_profile *self, const struct tc_step *step) {
    struct tc_profile_lock *shown = &lock_of(self, step->object->id)->shown;
    shown->acquisitions += step->record->arg;
    shown->not_waited_for += step->record->arg;
}

static bool is_profiled(const struct tc_object *object) {
    return object->traits & (TC_TRAIT_LOCK | TC_TRAIT_COUNTED) &&
           !(object->attr & TC_ATTR_INTERNAL);
}

static void profile_step(void *opaque, const struct tc_step *step) {
    struct tc_collect_profile *self = opaque;
    uint32_t index = step->record->thread;
    self->threads = tc_reach(self->threads, &self->thread_size, index, sizeof *self->threads);
    struct thread *thread = &self->threads[index];
    bool exact = step->record->time > thread->time;
    thread->time = step->record->time;
    if (!step->object || !is_profiled(step->object))
        return;
    if (step->info->effect == TC_EFFECT_ACQUIRE)
        acquired(self, thread, step, exact);
    else if (step->info->effect == TC_EFFECT_RELEASE)
        released(self, thread, step, exact);
    else if (step->record->code == TC_EV_OMITTED && !step->record->result)
        left_out(self, step);
}

static void profile_lost(void *opaque, const struct tc_thread *thread, uint64_t count) {
    struct tc_collect_profile *self = opaque;
    (void)count;
    if (thread->index < self->thread_size)
        self->threads[thread->index].count = 0;
}

static int by_total(const void *left, const void *right) {
    const struct tc_profile_stack *a = left, *b = right;
    if (a->total != b->total)
        return a->total < b->total ? 1 : -1;
    return a->stack < b->stack ? -1 : a->stack > b->stack;
}

static void show_places(struct lock *lock) {
    struct tc_profile_lock *shown = &lock->shown;
    size_t count = HASH_COUNT(lock->places);
    shown->waiters = tc_alloc_array(count + 1, sizeof *shown->waiters);
    shown->holders = tc_alloc_array(count + 1, sizeof *shown->holders);
    for (struct place *place = lock->places; place; place = place->hh.next) {
        struct tc_profile_stack stack = {place->key.stack, place->count, place->total};
        if (place->key.holder)
            shown->holders[shown->holder_count++] = stack;
        else
            shown->waiters[shown->waiter_count++] = stack;
    }
    qsort(shown->waiters, shown->waiter_count, sizeof *shown->waiters, by_total);
    qsort(shown->holders, shown->holder_count, sizeof *shown->holders, by_total);
}

static void profile_finish(void *opaque) {
    struct tc_collect_profile *self = opaque;
    for (size_t i = 0; i < self->count; i++) {
        struct lock *lock = self->locks[i];
        end_last(lock, false, 0, 0);
        show_places(lock);
        if (lock->convoys)
            tc_convoys_worst(lock->convoys, &lock->shown.convoy_threads, &lock->shown.convoy_time);
    }
}

static void lock_free(struct lock *lock) {
    struct place *place, *next;
    HASH_ITER(hh, lock->places, place, next) {
        HASH_DEL(lock->places, place);
        free(place);
    }
    tc_histogram_clear(&lock->shown.wait);
    tc_histogram_clear(&lock->shown.hold_waited_for);
    tc_histogram_clear(&lock->shown.hold_free);
    free(lock->shown.waiters);
    free(lock->shown.holders);
    tc_convoys_free(lock->convoys);
    free(lock);
}

static void profile_destroy(void *opaque) {
    struct tc_collect_profile *self = opaque;
    for (size_t i = 0; i < self->count; i++)
        lock_free(self->locks[i]);
    for (size_t i = 0; i < self->thread_size; i++)
        free(self->threads[i].holds);
    free(self->by_object);
    free(self->locks);
    free(self->threads);
    free(self);
}

size_t tc_profile_count(const void *self) {
    return self ? ((const struct tc_collect_profile *)self)->count : 0;
}

const struct tc_profile_lock *tc_profile_lock(const void *self, size_t index) {
    return &((const struct tc_collect_profile *)self)->locks[index]->shown;
}

const struct tc_checker tc_collector_profile = {
    .name = "profile",
    .help = "waits and holds of each lock",
    .effects = (1u << TC_EFFECT_COUNT) - 1,
    .ignored = true,
    .create = profile_create,
    .step = profile_step,
    .finish = profile_finish,
    .destroy = profile_destroy,
    .lost = profile_lost,
};
