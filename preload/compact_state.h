/* compact_state.h: what a thread that records in compact form keeps; see compact.h.
 *
 * Threads: belongs to its thread.
 */
#ifndef TC_PRELOAD_COMPACT_STATE_H
#define TC_PRELOAD_COMPACT_STATE_H

#include "preload/compact.h"

#define TC_PUT_OFF_MAX 32
#define TC_STATES      64   /* a power of two; locks put off: one less */
#define TC_TAGS        1024 /* a page */
#define TC_ASKED_MANY  128

/* An event put off that is no acquire of a lock. */
struct tc_put_off {
    struct tc_ref object;
    uint64_t arg;
    uint32_t stack;
    uint32_t at; /* how many locks were held */
    uint8_t code;
    uint16_t result; /* of the beginning of a handler */
};

#define TC_ALL_WRITTEN UINT32_MAX

/* What a thread holds, as one number, its code apart: the event of the newest acquire. */
#define TC_STATE_CODE 0xff

/* What is known of a call on an object, by its key (tc_slot_key): the object, and, of a lock, a
 * context that was kept often enough: the number of what was held then, with the key. */
#define TC_COMPACT_SITE_BITS 7
struct tc_compact_site {
    uint64_t mark;
    struct tc_object *object;
};

struct tc_compact {
    uint32_t written; /* locks held that are in the trace; those taken later are put off.
                         TC_ALL_WRITTEN: all that are held when this is next looked at */
    uint32_t floor;   /* a lock from here on, if it is the newest, can be given back as if it had
                         not been taken.  UINT32_MAX: none, as for the time of a wait all is told */
    bool tracked;     /* `states` are true, and locks may be taken the short way now */
    bool brief;       /* a thread as many before it: its start is put off, too */
    uint32_t count;   /* other events put off, oldest first */
    uint32_t version; /* changes when the thread has sent or received something */
    uint32_t syncs;
    uint32_t kept_wait;         /* object of the last request, if that was kept: its end will be */
    uint32_t asked;             /* contexts that the filter knew, up to TC_ASKED_MANY */
    uint64_t base;              /* of the keys of contexts, as all this stands; 0: to be made */
    uint64_t mask, within;      /* blocked signals; the handlers and the like that it is in */
    struct tc_put_off left_out; /* the last request, if that was not; object.id 0: none */
    uint8_t *told, *told_end;   /* records that stand there while it waits; NULL: none */
    uint64_t states[TC_STATES]; /* by how many locks are held: the number, and the code */
    struct tc_put_off list[TC_PUT_OFF_MAX];
    struct tc_compact_site sites[1 << TC_COMPACT_SITE_BITS];

    /* From TC_ASKED_MANY on, contexts that the filter knew; 0: none.  What is forgotten here is in
     * the filter still, so they may be those of a thread before this one. */
    uint32_t tags[TC_TAGS];
};

/* Sets `floor`, when what is written or put off has changed. */
void tc_compact_set_floor(struct tc_compact *compact);

/* Puts off an event that is no acquire of a lock; takes the one at this place of the list out. */
void tc_compact_put_off(struct tc_thread *self, enum tc_event_code code, struct tc_ref object,
                        uint32_t stack, uint64_t arg);
void tc_compact_take_out(struct tc_compact *compact, uint32_t at);

/* Takes a lock that is put off, by its place among those held, out of them. */
void tc_compact_drop_held(struct tc_thread *self, uint32_t at);

/* Writes all that was put off; the caller notes what is written after that. */
void tc_compact_write(struct tc_thread *self);
void tc_compact_note_written(struct tc_thread *self);

/* Writes an event, and before it all that was put off. */
void tc_compact_keep(struct tc_thread *self, enum tc_event_code code, struct tc_ref object,
                     uint32_t stack, uint64_t arg, uint32_t result);

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
