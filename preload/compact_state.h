/* compact_state.h: what a thread that records in compact form keeps; see compact.h.
 *
 * Threads: belongs to its thread.
 */
#ifndef TC_PRELOAD_COMPACT_STATE_H
#define TC_PRELOAD_COMPACT_STATE_H

#include "preload/compact.h"

#define TC_PUT_OFF_MAX 64

struct tc_put_off {
    struct tc_ref object;
    uint64_t arg;
    uint32_t stack;
    uint8_t code;
    bool hold;       /* it stands in the held list */
    uint16_t result; /* of the beginning of a handler */
};

/* Beside the cache line of a call (tc_thread.sites): a context of it that was kept often enough, as
 * its key, and the lock.  context 0: none. */
struct tc_compact_site {
    uint64_t context;
    struct tc_object *object;
};

struct tc_compact {
    uint32_t count;   /* events put off, oldest first */
    uint32_t version; /* changes when the thread has sent or received something */
    uint32_t syncs;
    bool brief;                 /* a thread as many before it: its start is put off, too */
    uint32_t kept_wait;         /* object of the last request, if that was kept: its end will be */
    uint64_t base;              /* of the keys of contexts, as all this stands; 0: to be made */
    uint64_t mask, within;      /* blocked signals; the handlers and the like that it is in */
    struct tc_put_off left_out; /* the last request, if that was not; object.id 0: none */
    uint8_t *told, *told_end;   /* records that stand there while it waits; NULL: none */
    struct tc_put_off list[TC_PUT_OFF_MAX];
    struct tc_compact_site sites[TC_HOT_SITES];
};

/* Tells of the brief objects that a thread which waits now would name. */
void tc_compact_name_waiting(struct tc_thread *self, bool for_now);

/* Whether an event is the beginning or the end of a brief object of which nothing was told and that
 * nobody uses as it ends: it passes unseen, too. */
struct tc_object;
bool tc_compact_unseen(struct tc_thread *self, enum tc_event_code code,
                       const struct tc_object *object);

/* Takes back what was told for the time of a wait. */
void tc_compact_take_back(struct tc_thread *self);

/* The trace has reached its limit: no new contexts are kept. */
extern bool tc_compact_full;

#endif
