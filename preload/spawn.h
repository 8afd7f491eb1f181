/* spawn.h: threads of one kind that a program makes and ends for ever.
 *
 * What: in compact recording a brief thread (churn.h) that ended unseen has left no more than its
 *       creation and its join.  Its index and its object are given again to the next thread of its
 *       kind: same creator, same place, same routine.  In the trace they are one thread, which is
 *       created several times before it begins.  When the creator has written nothing else since,
 *       not even that is written: the join is taken back, and what stands there says what the next
 *       creation would say.
 * Why it is sound: the one of them that is seen at last comes after each of these creations, and so
 *       after all that its creator did before its own.
 * Threads: what is kept is changed under tc_objects_lock; places in a stream belong to its thread.
 */
#ifndef TC_PRELOAD_SPAWN_H
#define TC_PRELOAD_SPAWN_H

#include <stdbool.h>
#include <stdint.h>

struct tc_thread;
struct tc_object;

/* Of the object of a thread. */
struct tc_spawn {
    uint32_t index; /* of the thread */
    uint32_t mark;  /* its creator's (tc_spawner) when its creation was written last */
    uintptr_t routine;
    bool unseen;   /* it has ended, and left no chunk */
    bool over;     /* it was joined or detached: nobody will speak of it any more */
    bool detached; /* by its creation */
    bool kept;     /* may be given again */
    bool gone;     /* its handle is another's already, while a join of it is not written yet */
    uint8_t joins; /* that are going on */
};

/* A join that is the last in its thread's stream, unless something followed it. */
struct tc_rejoin {
    uint8_t *before, *after; /* of what the join left in the stream */
    uint64_t time;           /* tc_thread.last_time before it */
    uint32_t object;
};
#define TC_REJOINS 16

/* What a thread knows of the creations and joins of brief threads that it wrote. */
struct tc_spawner {
    uint8_t *at;        /* the end of the newest of them; NULL: none in this chunk */
    uint32_t mark;      /* changes when something else was written between two of them */
    uint32_t count;     /* of `rejoins` */
    uint8_t *join_from; /* where the join began that is going on; NULL: it cannot be taken back */
    uint64_t join_time;
    struct tc_rejoin rejoins[TC_REJOINS]; /* each begins where the one before ends */
};

/* Under tc_objects_lock: an object for a thread that `self` makes; NULL: none of its kind is kept.
 */
struct tc_object *tc_spawn_take(const struct tc_thread *self, uint32_t stack, uintptr_t routine);

/* Under tc_objects_lock, when the handle of the object's thread is another thread's: whether it
 * stays all the same.  Else it is to be forgotten. */
bool tc_spawn_stays(struct tc_object *object);

/* Whether what stands in the creator's stream says already that it makes this thread.  If not, it
 * is to be written between the other two. */
bool tc_spawn_stands(struct tc_thread *self, struct tc_object *object);
void tc_spawn_writes(struct tc_thread *self, struct tc_object *object);
void tc_spawn_written(struct tc_thread *self);

/* Before a join or a detaching, and when it is written or came to nothing; `self` NULL: it could
 * not be.  As soon as libc has joined a thread, others may get its handle, but its object stays
 * until then.
 */
enum tc_join_outcome { TC_JOIN_FAILED, TC_JOIN_JOINED, TC_JOIN_DETACHED };
void tc_spawn_join_begins(struct tc_thread *self, uint32_t object);
void tc_spawn_join_ends(struct tc_thread *self, uint32_t object, enum tc_join_outcome outcome);

/* The thread ends, and its chunk was given back. */
void tc_spawn_ended(struct tc_thread *self);

/* The thread begins a chunk. */
void tc_spawn_chunk(struct tc_thread *self);

/* In a forked child. */
void tc_spawn_forked(void);

#endif
