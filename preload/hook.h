/* hook.h: what the files of hooks share.
 *
 * What: exporting, references by type, checks of time-outs, and the call that may block.
 * Threads: everything here is called by the thread that called the hook.  The guard is off during
 *          tc_guarded_call and tc_blocking_call.
 */
#ifndef TC_PRELOAD_HOOK_H
#define TC_PRELOAD_HOOK_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/enter.h"
#include "preload/real.h"
#include "preload/recorder.h"

#define TC_EXPORT __attribute__((visibility("default")))

/* The first of a list of arguments. */
#define TC_FIRST(...)            TC_FIRST_(__VA_ARGS__, )
#define TC_FIRST_(argument, ...) argument

/* The object at `address`; TYPE is a name of objects.def. */
#define TC_REF(TYPE, self, address, stack) TC_REF_##TYPE(self, address, stack)
#define TC_REF_MUTEX(self, address, stack) tc_mutex_ref(self, (pthread_mutex_t *)(address), stack)
#define TC_REF_RWLOCK(self, address, stack)                                                        \
    tc_rwlock_ref(self, (pthread_rwlock_t *)(address), stack)
#define TC_REF_SEMAPHORE(self, address, stack) tc_sem_ref(self, (sem_t *)(address), stack)
#define TC_REF_SPIN(self, address, stack)      TC_REF_OTHER(self, address, SPIN, stack)
#define TC_REF_COND(self, address, stack)      TC_REF_OTHER(self, address, COND, stack)
#define TC_REF_BARRIER(self, address, stack)   TC_REF_OTHER(self, address, BARRIER, stack)
#define TC_REF_OTHER(self, address, TYPE, stack)                                                   \
    tc_object_ref(self, (const void *)(address), TC_OBJECT_##TYPE, stack)

/* libc refuses other times and clocks, most often before it looks at the object. */
static inline bool tc_valid_time(const struct timespec *time) {
    return time && time->tv_nsec >= 0 && time->tv_nsec < 1000000000;
}
static inline bool tc_valid_clock(clockid_t clock) {
    return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
}

/* Attributes as glibc keeps them in the lock. */
static inline uint32_t tc_rwlock_attr(const pthread_rwlock_t *lock) {
    return (lock->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP
                ? TC_ATTR_PREFER_WRITER
                : 0) |
           (lock->__data.__shared ? TC_ATTR_SHARED_PROCESS : 0);
}

/* Records what may be misuse, also in a process with one thread, of which nothing is kept else. */
void tc_misuse(struct tc_thread *self, enum tc_event_code code, struct tc_ref object,
               uint32_t stack, uint32_t result);

/* What comes before the real destroy: DESTROY, or the use of what was destroyed before. */
void tc_destroying(struct tc_thread *self, void *address, uint8_t type, uint32_t stack);

/* A frame that an exception, a cancellation or pthread_exit may unwind: `unwound` is then called,
 * after the frames below it and before those above it.  Made for code without a C++ runtime: it
 * works by a personality routine of its own and needs neither setjmp nor libgcc. */
struct tc_frame {
    struct tc_frame *outer;
    void (*unwound)(struct tc_frame *frame);
};

/* Calls function(a, b, c, d) with `frame` standing for the call. */
long tc_guarded_call(struct tc_frame *frame, void *function, long a, long b, long c, long d);

/* A call that may block: what is recorded of it. */
struct tc_blocking {
    struct tc_frame frame; /* to be left as it is */
    struct tc_ref object;
    uint32_t stack;
    enum tc_event_code request;
};

/* Writes the request, makes the call, and ends the wait; the outcome is the caller's to record.
 * A cancellation in it is recorded as REQUEST_FAILED with ECANCELED. */
long tc_blocking_call(struct tc_blocking *call, void *function, long a, long b, long c, long d);

/* The same for a lock whose function gives an error number; records `acquire` or REQUEST_FAILED. */
int tc_blocking_lock(struct tc_ref object, uint32_t stack, enum tc_event_code request,
                     enum tc_event_code acquire, void *function, long a, long b, long c);

#endif
