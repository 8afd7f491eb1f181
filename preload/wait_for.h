/* wait_for.h: who waits for whom: the graph in which a hang shows.
 *
 * What: a pure library over a snapshot of threads.  A thread that waits for a lock waits for all of
 *       its holders (and a reader that no holder keeps out waits for a waiting writer); one that
 *       joins waits for the thread that it joins.  Each of them needs all that it waits for, so a
 *       cycle of such waits cannot end.  Waits of other kinds (condition, semaphore, barrier,
 * event) can be ended by anybody, and so are hopeless only when nobody is left. Source: R. C. Holt,
 * Some Deadlock Properties of Computer Systems (1972): graph reduction. Threads: none; works on
 * what it is given.  No allocation.
 */
#ifndef TC_PRELOAD_WAIT_FOR_H
#define TC_PRELOAD_WAIT_FOR_H

#include <stdbool.h>
#include <stdint.h>

struct tc_wait_hold {
    uint32_t object;
    bool shared;
};

enum tc_wait_kind {
    TC_WAIT_NONE,   /* not waiting, or for a limited time only, or not for long enough */
    TC_WAIT_LOCK,   /* for the exclusive hold of `object` */
    TC_WAIT_SHARED, /* for a shared hold of it */
    TC_WAIT_JOIN,   /* for the end of the thread whose THREAD object it is */
    TC_WAIT_OTHER,  /* for somebody's signal, post or arrival */
};

struct tc_wait_thread {
    uint32_t self;   /* id of its THREAD object */
    uint32_t object; /* what it waits for */
    enum tc_wait_kind kind;
    const struct tc_wait_hold *holds;
    uint32_t hold_count;
    bool stuck; /* the result */
};

/* Marks `stuck` in every thread of a cycle and in those that wait for one of them; how many. */
uint32_t tc_wait_for_stuck(struct tc_wait_thread *threads, uint32_t count);

/* Whether every thread waits, and not one of them can go on: nobody is left to end a wait. */
bool tc_wait_for_nobody_left(const struct tc_wait_thread *threads, uint32_t count);

#endif
