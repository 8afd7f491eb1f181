/* sync.c: what each object carries from those who send to those who receive.
 *
 * What: happens-before by everything but mutual exclusion.  An object gathers the moments of its
 *       sends; a receive learns them.  A condition hands a wake-up only what was signalled while it
 *       waited; a barrier hands out the arrivals of one round.
 * Rules: single-threaded; memory by objects that were sent to.
 */
#include <stdlib.h>

#include "analyzer/model/state.h"

enum { RECENT = 8 };

struct tc_sync {
    struct tc_snapshot *gathered; /* of all sends; of a barrier: of this round's arrivals */
    /* conditions */
    uint32_t waiters;
    uint64_t sends;                     /* so far; number N lies in recent[N % RECENT] */
    struct tc_snapshot *recent[RECENT]; /* of the last sends */
    /* barriers */
    struct tc_snapshot *done; /* the arrivals of the last full round */
    uint32_t arrived;
};

static struct tc_sync *sync_of(struct tc_object *object) {
    if (!object->sync)
        object->sync = tc_alloc(sizeof *object->sync);
    return object->sync;
}

void tc_sync_free(struct tc_object *object) {
    struct tc_sync *sync = object->sync;
    if (!sync)
        return;
    tc_snapshot_drop(sync->gathered);
    tc_snapshot_drop(sync->done);
    for (int i = 0; i < RECENT; i++)
        tc_snapshot_drop(sync->recent[i]);
    free(sync);
    object->sync = NULL;
}

/* Adds a moment of `clock` to those gathered; takes over `sent`. */
static void gather(struct tc_snapshot **gathered, const struct tc_clock *clock,
                   struct tc_snapshot *sent) {
    if (*gathered && !tc_clock_covers(clock, *gathered)) {
        struct tc_snapshot *both = tc_snapshot_join(*gathered, sent);
        tc_snapshot_drop(sent);
        sent = both;
    }
    tc_snapshot_drop(*gathered);
    *gathered = sent;
}

static void receive(struct tc_thread *thread, const struct tc_snapshot *from) {
    if (from && tc_clock_receive(thread->clock, from))
        thread->version++;
}

/* A round is full once all parties have arrived; what it gathered is what its leavers learn. */
static void arrive(struct tc_object *object, struct tc_sync *sync) {
    if (!object->value || ++sync->arrived < object->value)
        return;
    sync->arrived = 0;
    tc_snapshot_drop(sync->done);
    sync->done = sync->gathered;
    sync->gathered = NULL;
}

void tc_sync_send(struct tc_thread_state *state, struct tc_object *object, uint8_t code) {
    bool condition = object->traits & TC_TRAIT_COND;
    if (condition && (!object->sync || !object->sync->waiters))
        return; /* nobody can hear it */
    struct tc_sync *sync = sync_of(object);
    struct tc_snapshot *sent = tc_clock_send(state->thread.clock);
    state->thread.version++;
    if (condition) {
        struct tc_snapshot **recent = &sync->recent[sync->sends++ % RECENT];
        tc_snapshot_drop(*recent);
        *recent = tc_snapshot_keep(sent);
    }
    gather(&sync->gathered, state->thread.clock, sent);
    if (code == TC_EV_ARRIVE)
        arrive(object, sync);
}

/* What was sent since the wait began; all of it when that is too far back. */
static void receive_wakeup(struct tc_thread_state *state, struct tc_sync *sync) {
    uint64_t from = state->sends_before_wait;
    if (sync->sends - from > RECENT) {
        receive(&state->thread, sync->gathered);
        return;
    }
    for (; from < sync->sends; from++)
        receive(&state->thread, sync->recent[from % RECENT]);
}

void tc_sync_receive(struct tc_thread_state *state, struct tc_object *object, uint8_t code,
                     uint32_t result) {
    struct tc_sync *sync = object->sync;
    if (!sync)
        return;
    if (object->traits & TC_TRAIT_COND) {
        if (!result)
            receive_wakeup(state, sync);
        if (sync->waiters && --sync->waiters == 0) {
            tc_snapshot_drop(sync->gathered);
            sync->gathered = NULL;
        }
        return;
    }
    if (result)
        return;
    if (code == TC_EV_LEAVE)
        receive(&state->thread, sync->done);
    if (code != TC_EV_LEAVE || !object->value)
        receive(&state->thread, sync->gathered);
}

void tc_sync_wait(struct tc_thread_state *state, struct tc_object *object) {
    if (!(object->traits & TC_TRAIT_COND))
        return;
    struct tc_sync *sync = sync_of(object);
    sync->waiters++;
    state->sends_before_wait = sync->sends;
}

void tc_sync_reset(struct tc_object *object) {
    if (!object->sync)
        return;
    object->sync->arrived = 0;
    tc_snapshot_drop(object->sync->gathered);
    object->sync->gathered = NULL;
}
