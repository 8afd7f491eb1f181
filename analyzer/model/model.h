/* model.h: the state of the traced program at one point of its merged order.
 *
 * What: threads, objects with their holders, held sets, clocks.  The engine (engine.h) applies each
 *       record to it after the checkers have seen the record.
 * Rules: checkers read all of it and change only what is theirs.  Single-threaded.
 */
#ifndef TC_ANALYZER_MODEL_H
#define TC_ANALYZER_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/record.h"
#include "analyzer/model/clock.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One generation of one object.  What every event touches, a cache line / identity / what is known
 * of its use. */
struct tc_object {
    uint64_t ticket; /* last ticket taken in the merged order */
    uint64_t acquisitions;
    uint64_t had_by;  /* bit T: thread T acquired it, bit 0: one from 64 on.  What missed_wakeup.c
                         forgets again */
    uint32_t id;      /* 0 inside the model only: not looked at yet */
    uint32_t owner;   /* thread that holds it exclusively, 0: none */
    uint32_t readers; /* threads that hold it shared */
    uint32_t depth;   /* how many times the owner holds it */
    uint32_t first_user;          /* the first thread that did something to it */
    uint32_t owner_stack;         /* where it was last acquired */
    uint32_t last_release_thread; /* 0 until released once */
    uint32_t waiting;             /* threads of the merge that wait for a ticket of it (merge.c) */
    uint16_t traits;              /* enum tc_trait; RECURSIVE also when its attributes say so */
    uint8_t type;
    bool destroyed;    /* by a destroy or because its memory went away */
    bool uncertain;    /* events of it are missing or contradict each other: its state may be wrong,
                          so no misuse may be claimed from it */
    bool lock_like;    /* a counted object used as a lock so far: its initial value 1 was seen and
                          every unit was given back by the thread that took it.  `owner` is then the
                          taker */
    uint8_t users;     /* distinct threads seen, saturating at 2: 1 means private so far */
    bool release_kept; /* last_release_stack is of the last release */

    uint32_t last_release_stack;
    uint32_t attr, stack, thread, value, size;
    bool known;   /* its meta record was there; false: type and address are guesses */
    bool freed;   /* destroyed because its memory went away */
    bool guessed; /* a ticket of it is missing: the order of its events is a guess */
    uint64_t address;
    const char *name; /* from an annotation or set_name; NULL otherwise */

    int64_t units;    /* value of a counted object; meaningless with TC_ATTR_NO_INIT_SEEN */
    uint32_t subject; /* of a THREAD object: the index of that thread, 0: unknown */
    uint32_t destroy_thread, destroy_stack;
    uint32_t replaced_by; /* id of the generation that REINIT named, 0: none */
    uint32_t first_clock; /* own clock of the first user then */
    uint64_t contended;
    uint64_t awaited;     /* with `waiting`: nobody waits for a lower ticket (merge.c) */
    struct tc_sync *sync; /* clocks of its sends (sync.c) */
} __attribute__((aligned(64)));

static inline uint64_t tc_thread_bit(uint32_t thread) {
    return thread < 64 ? 1ull << thread : 1;
}

/* One lock in a held set: a thread's view. */
struct tc_held {
    struct tc_object *object;
    uint32_t stack;  /* where it was acquired (its first level) */
    uint32_t depth;  /* levels of a recursive lock or of a recursive read lock */
    uint8_t mode;    /* EXCLUSIVE or SHARED; COUNTED: an object with `lock_like`, which only lock
                        order and wait-for analysis should look at */
    uint8_t code;    /* the acquiring event */
    uint64_t number; /* record.number of the acquire */
    uint64_t time;   /* record.time of it */
    uint64_t id;     /* tc_step.held_id with this entry the last */
};

/* Locks that a thread holds, oldest first. */
struct tc_lockset {
    const struct tc_held *entries;
    uint32_t count;
};

/* An open request: what the thread is blocked in, if anything. */
struct tc_blocked {
    struct tc_object *object; /* NULL: not blocked */
    uint8_t code;             /* REQUEST*, WAIT*, ARRIVE, THREAD_JOIN_REQUEST */
    uint32_t stack;
    uint64_t time, number;
    struct tc_object *lock; /* for a condition wait: the lock given up */
};

struct tc_thread {
    uint32_t index, parent, tid, create_stack;
    uint32_t object;  /* id of its THREAD object */
    const char *name; /* NULL: none */
    uint64_t start_routine;
    uint64_t stack_low, stack_high; /* as far as the recorder knew; 0: not known */
    bool started, ended, joined, detached, main;
    bool failed;    /* its creation failed: it never existed */
    bool uncertain; /* events of it are missing: its held set may be wrong */
    bool unordered; /* it went on without what it was sent: its clock may know too little */
    struct tc_lockset held;
    struct tc_blocked blocked;
    struct tc_blocked interrupted; /* with handler_depth: what it was blocked in when it came */
    struct tc_clock *clock; /* happens-before by everything but mutual exclusion: create, join,
                               condition, barrier, semaphore, event, once, annotation */
    uint32_t handler_depth; /* inside that many signal handlers */
    uint64_t blocked_signals;
    uint32_t ignore_depth; /* annotations */
    uint32_t version; /* changes with the clock, with the blocked signals, at handlers and when what
                         was private is no longer: whatever was learned of a context at another
                         version may be different now */
    uint64_t events;  /* records so far */
    uint64_t time;    /* its last known time */
    bool early;       /* it was there before recording began: what it held then is not known */
};

struct tc_model;

/* By id or index; NULL when there is none. */
struct tc_object *tc_model_object(const struct tc_model *model, uint32_t id);
struct tc_thread *tc_model_thread(const struct tc_model *model, uint32_t index);
uint32_t tc_model_object_count(const struct tc_model *model); /* ids are 1 to this */
uint32_t tc_model_thread_count(const struct tc_model *model); /* indices are 1 to this */

/* The thread's held entry of an object; NULL when it does not hold it. */
const struct tc_held *tc_thread_holds(const struct tc_thread *thread,
                                      const struct tc_object *object);

/* The trace that it is the model of: for a second pass, by an engine of its own. */
struct tc_trace;
struct tc_trace *tc_model_trace(const struct tc_model *model);

/* The traced process. */
struct tc_process {
    uint32_t pid, parent_pid;
    uint32_t flags; /* enum tc_header_flag */
    uint32_t exit_status;
    bool complete; /* so far: every byte of the trace was there and nothing was lost */
    bool live;     /* the trace says no end: it runs still, or was killed */
    bool holes;    /* chunks of events are missing in the middle: orders and hand-overs that would
                      speak against a finding may have been there */
    uint64_t lost; /* events that were not recorded, as far as known */
    uint32_t argc;
    const char *const *argv;
    const char *executable, *directory;
};
const struct tc_process *tc_model_process(const struct tc_model *model);

#ifdef __cplusplus
}
#endif
#endif
