/* replay.h: the lock operations and happens-before steps of a trace, kept to be put in another
 * order.
 *
 * What: goes through the trace a second time, as few traces have something to be proved, and keeps
 *       of each thread, in its order, when it acquired and released which lock and what it came to
 *       know of other threads.
 * Rules: not thread-safe.  Memory goes by lock operations, up to TC_REPLAY_STEPS of them.
 */
#ifndef TC_ANALYZER_REPLAY_H
#define TC_ANALYZER_REPLAY_H

#include <stddef.h>

#include "analyzer/model/step.h"

#define TC_REPLAY_STEPS (2u << 20)

enum tc_replay_kind { TC_REPLAY_ACQUIRE, TC_REPLAY_RELEASE, TC_REPLAY_SYNC };

struct tc_replay_step {
    uint8_t kind;
    uint8_t mode;    /* ACQUIRE: SHARED, or anything else for exclusive */
    uint8_t code;    /* the event; SYNC: the one that the thread sent or received by */
    uint32_t lock;   /* counted from 0; SYNC: id of the object that it went through */
    uint32_t own;    /* the thread's own clock entry from here on */
    uint32_t stack;  /* of the event, 0: none */
    uint64_t number; /* of its record; SYNC: of the record before which it stands, less 1 */
    uint64_t order;  /* in the merged order of the trace */
    struct tc_snapshot *known; /* SYNC: what the thread knows from here on */
};

struct tc_replay_thread {
    struct tc_replay_step *steps;
    size_t count, capacity;
    uint32_t version;
    struct tc_snapshot *known;        /* at the last SYNC */
    uint32_t last_object, last_stack; /* of the newest record */
    uint8_t last_code;
};

struct tc_replay {
    const struct tc_model *model;     /* of the first time: what became of the objects in the end */
    struct tc_replay_thread *threads; /* by index */
    uint32_t thread_count;
    uint32_t *locks; /* by object id: number of the lock + 1 */
    size_t lock_size;
    uint32_t *lock_objects; /* by number of the lock: object id */
    size_t lock_object_size;
    uint32_t lock_count;
    uint64_t order, steps;
    bool full;     /* the trace goes on after the last of them */
    uint64_t work; /* that a search over it may still do (feasible.c) */
};

/* Reads the trace of `model`, which has come to its end. */
struct tc_replay *tc_replay_new(const struct tc_model *model);
void tc_replay_free(struct tc_replay *replay);

#endif
