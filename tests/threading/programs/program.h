/* program.h: the few lines that nearly every program of this folder would repeat.
 *
 * What: start, join and free a Thread, sleep, insist on a result.
 * Rules: static inline only.
 */
#ifndef TC_TESTS_THREADING_PROGRAM_H
#define TC_TESTS_THREADING_PROGRAM_H

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "threading.h"

#include "../../programs/order.h"

#define FOREVER THREADING_FOREVER

/* Ends the program when a call that this test is not about fails, or a value is not as expected. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            dprintf(1, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                     \
            _exit(99);                                                                             \
        }                                                                                          \
    } while (0)

static inline threading_thread *start(void (*target)(void *), void *argument) {
    threading_thread *thread;
    MUST(threading_thread_create(&thread, target, argument, NULL) == 0);
    MUST(threading_thread_start(thread) == 0);
    return thread;
}

static inline void finish(threading_thread *thread) {
    MUST(threading_thread_join(thread, FOREVER) == 0);
    MUST(threading_thread_destroy(thread) == 0);
}

/* Starts a thread and waits for its end. */
static inline void run(void (*target)(void *), void *argument) {
    finish(start(target, argument));
}

static inline void pause_ms(int milliseconds) {
    struct timespec rest = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    while (nanosleep(&rest, &rest) && errno == EINTR) {
    }
}

/* All threads begun from here on share one processor, so that only one of them runs at a time. */
static inline void share_processor(void) {
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(sched_getcpu(), &here);
    MUST(sched_setaffinity(0, sizeof here, &here) == 0);
}

/* The caller lets every other thread of its processor run first: whoever wakes it goes on. */
static inline void yield_always(void) {
    MUST(sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){0}) == 0);
}

static inline void take(threading_lock *lock) {
    MUST(threading_lock_acquire(lock, true, FOREVER) == 0);
}

static inline void give(threading_lock *lock) {
    MUST(threading_lock_release(lock) == 0);
}

static inline void take_r(threading_rlock *lock) {
    MUST(threading_rlock_acquire(lock, true, FOREVER) == 0);
}

static inline void give_r(threading_rlock *lock) {
    MUST(threading_rlock_release(lock) == 0);
}

#endif
