/* witness.c: chooses the steps of a schedule that are told, and words them (witness.h). */
#include "analyzer/checkers/witness.h"

#include <stdlib.h>

#include "analyzer/base/memory.h"

/* How much a step matters, the most first. */
enum weight { HELD, BIRTH, HANDED_OVER, SYNC, OTHER, WEIGHTS };

struct entry {
    uint32_t thread;
    const struct tc_replay_step *step;
    uint8_t weight;
    bool told;
};

struct telling {
    struct tc_finding *finding;
    const struct tc_replay *replay;
    struct entry *entries;
    size_t count;
    uint32_t *holder; /* by lock, at the end of the schedule; 0: nobody */
};

static bool is_of_finding(const struct telling *telling, uint32_t thread) {
    for (size_t i = 0; i < telling->finding->thread_count; i++)
        if (telling->finding->threads[i].thread == thread)
            return true;
    return false;
}

/* The thread that a THREAD event is about, 0: not known. */
static uint32_t subject_of(const struct telling *telling, const struct tc_replay_step *step) {
    const struct tc_object *object = tc_model_object(telling->replay->model, step->lock);
    return object ? object->subject : 0;
}

static enum weight weigh_sync(const struct telling *telling, const struct entry *entry) {
    if (entry->step->code == TC_EV_THREAD_CREATE)
        return is_of_finding(telling, subject_of(telling, entry->step)) ? BIRTH : SYNC;
    if (entry->step->code == TC_EV_THREAD_START)
        return is_of_finding(telling, entry->thread) ? BIRTH : SYNC;
    return is_of_finding(telling, entry->thread) ? HANDED_OVER : SYNC;
}

/* From the end: a lock's first step met there tells whether it is held in the end. */
static void weigh(struct telling *telling) {
    uint32_t lock_count = telling->replay->lock_count;
    bool *met = tc_alloc((size_t)lock_count + 1);
    for (size_t i = telling->count; i-- > 0;) {
        struct entry *entry = &telling->entries[i];
        const struct tc_replay_step *step = entry->step;
        entry->weight = OTHER;
        if (step->kind == TC_REPLAY_SYNC) {
            entry->weight = (uint8_t)weigh_sync(telling, entry);
            continue;
        }
        if (step->kind == TC_REPLAY_ACQUIRE && !met[step->lock]) {
            entry->weight = HELD;
            telling->holder[step->lock] = entry->thread;
        } else if (step->kind == TC_REPLAY_RELEASE && telling->holder[step->lock] &&
                   telling->holder[step->lock] != entry->thread) {
            entry->weight = HANDED_OVER; /* the last one before that who holds it in the end */
            telling->holder[step->lock] = 0;
        }
        met[step->lock] = true;
    }
    free(met);
}

/* Of a long schedule, what left no trace in the end is not told at all: it would hide the rest. */
static void choose(struct telling *telling) {
    size_t left = TC_WITNESS_STEPS;
    int weights = telling->count > TC_WITNESS_STEPS ? SYNC : WEIGHTS;
    for (int weight = HELD; weight < weights; weight++)
        for (size_t i = telling->count; i-- > 0 && left;)
            if (telling->entries[i].weight == weight) {
                telling->entries[i].told = true;
                left--;
            }
}

/* What a send or a receive is, with %1 for the object. */
static const char *sync_words(uint8_t code) {
    switch (code) {
    case TC_EV_SIGNAL:
        return "signals";
    case TC_EV_BROADCAST:
        return "wakes all waiters of";
    case TC_EV_SET:
        return "sets";
    case TC_EV_WOKEN:
        return "is woken on";
    case TC_EV_WAIT_PASSED:
        return "finds done";
    case TC_EV_ARRIVE:
        return "arrives at";
    case TC_EV_LEAVE:
        return "leaves";
    case TC_EV_RELEASE_COUNTED:
        return "posts";
    case TC_EV_ACQUIRE_COUNTED:
    case TC_EV_ACQUIRE_COUNTED_TRY:
    case TC_EV_ACQUIRE_COUNTED_TIMED:
        return "takes a unit of";
    case TC_EV_RELEASE:
        return "is done with";
    case TC_EV_HAPPENS_BEFORE:
        return "hands over by";
    case TC_EV_HAPPENS_AFTER:
        return "takes over by";
    default:
        return "passes";
    }
}

static void tell_sync(const struct telling *telling, const struct entry *entry) {
    const struct tc_replay_step *step = entry->step;
    struct tc_finding *finding = telling->finding;
    uint32_t subject = subject_of(telling, step);
    switch (step->code) {
    case TC_EV_THREAD_CREATE:
        if (subject)
            tc_finding_witness(finding, "{T%u} creates {T%u}{S%u}", entry->thread, subject,
                               step->stack);
        else
            tc_finding_witness(finding, "{T%u} creates a thread{S%u}", entry->thread, step->stack);
        return;
    case TC_EV_THREAD_START:
        tc_finding_witness(finding, "{T%u} begins", entry->thread);
        return;
    case TC_EV_THREAD_JOIN:
        if (subject)
            tc_finding_witness(finding, "{T%u} joins {T%u}, which has ended{S%u}", entry->thread,
                               subject, step->stack);
        else
            tc_finding_witness(finding, "{T%u} joins a thread{S%u}", entry->thread, step->stack);
        return;
    default:
        tc_finding_witness(finding, "{T%u} %s {O%u}{S%u}", entry->thread, sync_words(step->code),
                           step->lock, step->stack);
    }
}

static void tell(const struct telling *telling, const struct entry *entry) {
    const struct tc_replay_step *step = entry->step;
    if (step->kind == TC_REPLAY_SYNC) {
        tell_sync(telling, entry);
        return;
    }
    tc_finding_witness(telling->finding, "{T%u} %s {O%u}%s{S%u}", entry->thread,
                       step->kind == TC_REPLAY_ACQUIRE ? "acquires" : "releases",
                       telling->replay->lock_objects[step->lock],
                       step->mode == TC_MODE_SHARED ? " for reading" : "",
                       step->kind == TC_REPLAY_ACQUIRE ? step->stack : 0);
}

static void tell_gap(const struct telling *telling, size_t steps) {
    if (steps)
        tc_finding_witness(telling->finding, "(%zu step%s that change%s nothing here left out)",
                           steps, steps == 1 ? "" : "s", steps == 1 ? "s" : "");
}

void tc_witness_schedule(struct tc_finding *finding, const struct tc_replay *replay,
                         const struct tc_schedule *schedule) {
    struct telling telling = {.finding = finding, .replay = replay, .count = schedule->count};
    telling.entries = tc_alloc_array(schedule->count, sizeof *telling.entries);
    telling.holder = tc_alloc_array((size_t)replay->lock_count + 1, sizeof *telling.holder);
    size_t *at = tc_alloc_array((size_t)replay->thread_count + 1, sizeof *at);
    for (size_t i = 0; i < schedule->count; i++) {
        uint32_t thread = schedule->threads[i];
        telling.entries[i] =
            (struct entry){.thread = thread, .step = &replay->threads[thread].steps[at[thread]++]};
    }
    weigh(&telling);
    choose(&telling);
    size_t gap = 0;
    for (size_t i = 0; i < telling.count; i++) {
        if (!telling.entries[i].told) {
            gap++;
            continue;
        }
        tell_gap(&telling, gap);
        gap = 0;
        tell(&telling, &telling.entries[i]);
    }
    tell_gap(&telling, gap);
    free(telling.entries);
    free(telling.holder);
    free(at);
}
