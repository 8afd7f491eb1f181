/* threading.h: the classes of Python's `threading` module (3.11) for C and C++.
 *
 * Thread, Lock, RLock, Condition, Semaphore, BoundedSemaphore, Event, Timer, Barrier, local and a
 * GIL, with Python's semantics and POSIX's manners: objects are structs in place, functions return
 * 0 or a positive errno, and misuse changes nothing.  docs/threading.md puts every function beside
 * its Python original and lists the differences.
 *
 * Threads: every function may be called from any thread, also from threads that were not made here,
 *   but not from signal handlers.  None reports by errno.
 * Time-outs: seconds, measured by CLOCK_MONOTONIC.  THREADING_FOREVER never ends, nor does one
 *   beyond 290 years; 0 does not wait; any other negative or a NaN is EINVAL.
 * Names: each threading_X_set_name copies `name` (NULL: none); they appear in threadcheck's
 *   reports.  ENOMEM.
 * Destroy: EBUSY while the object is in use (held, or waited for), and nothing changes then.
 * Static initialisers: THREADING_X_INIT equals threading_X_init with Python's default arguments.
 * Cancellation: waiting for a condition, event, semaphore, barrier, thread or timer is a
 *   cancellation point when it blocks; a cancelled wait leaves the object as if it had timed out
 *   (a barrier breaks).  Lock, RLock and GIL are not, like a pthread mutex.
 * Fork: objects that other threads were using at a fork stay as they were then; the child has one
 *   thread, which is its main thread, and may use fresh objects freely.
 * Fields are private; they stand here only so that objects can lie anywhere.
 */
#ifndef THREADING_H
#define THREADING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define THREADING_FOREVER (-1.0) /* the time-out that never ends */

/* ---- Lock: not re-entrant, not owned: any thread may release it. ---- */

typedef struct threading_lock {
    uint32_t state; /* 0 free, 1 locked, 2 locked and perhaps waited for */
    uint32_t told;  /* what threadcheck, if it watches, knows of it: nothing, all, its end */
    char *name;
} threading_lock;
/* clang-format off */
#define THREADING_LOCK_INIT {0, 0, 0}
/* clang-format on */

int threading_lock_init(threading_lock *lock);
int threading_lock_destroy(threading_lock *lock);
int threading_lock_set_name(threading_lock *lock, const char *name);

/* 0; EBUSY: not blocking and locked; ETIMEDOUT; EINVAL: a time-out given with blocking false. */
int threading_lock_acquire(threading_lock *lock, bool blocking, double timeout);

/* 0; EPERM: it is not locked. */
int threading_lock_release(threading_lock *lock);

/* Whether any thread holds it, at this moment. */
bool threading_lock_locked(const threading_lock *lock);

/* ---- RLock: re-entrant, owned by the thread that acquired it. ---- */

typedef struct threading_rlock {
    uint32_t state; /* as Lock's */
    uint32_t count; /* levels; its owner's only */
    uintptr_t owner;
    uint32_t told;
    uint32_t reserved;
    char *name;
} threading_rlock;
/* clang-format off */
#define THREADING_RLOCK_INIT {0, 0, 0, 0, 0, 0}
/* clang-format on */

int threading_rlock_init(threading_rlock *lock);
int threading_rlock_destroy(threading_rlock *lock);
int threading_rlock_set_name(threading_rlock *lock, const char *name);

/* As Lock's; EAGAIN: 2^32-1 levels are held. */
int threading_rlock_acquire(threading_rlock *lock, bool blocking, double timeout);

/* 0; EPERM: the caller does not own it. */
int threading_rlock_release(threading_rlock *lock);

/* Whether any thread holds it. */
bool threading_rlock_locked(const threading_rlock *lock);

/* ---- Condition: waits in order of arrival, together with a Lock or an RLock. ---- */

struct threading_waiter;
typedef struct threading_condition {
    uint32_t guard;
    uint32_t inside;                       /* threads in wait */
    struct threading_waiter *first, *last; /* not yet notified, oldest first */
    threading_lock *lock;                  /* its lock; both NULL: its own RLock */
    threading_rlock *rlock;
    threading_rlock own;
    uint32_t told;
    uint32_t reserved;
    char *name;
} threading_condition;
/* clang-format off */
#define THREADING_CONDITION_INIT {0, 0, 0, 0, 0, 0, THREADING_RLOCK_INIT, 0, 0, 0}
/* clang-format on */

/* A condition with an RLock of its own, or with one that the caller keeps alive.  EINVAL: NULL. */
int threading_condition_init(threading_condition *condition);
int threading_condition_init_with_lock(threading_condition *condition, threading_lock *lock);
int threading_condition_init_with_rlock(threading_condition *condition, threading_rlock *lock);
int threading_condition_destroy(threading_condition *condition);
int threading_condition_set_name(threading_condition *condition, const char *name);

/* Acquires its lock and releases it, with the lock's own results.  Like Python's
 * acquire(blocking=True, timeout=-1), acquire may be given one argument or all three. */
int threading_condition_acquire(threading_condition *condition);
int threading_condition_acquire_for(threading_condition *condition, bool blocking, double timeout);
#define threading_condition_acquire(...)                                                           \
    THREADING_THIRD_OR_FIRST(__VA_ARGS__, threading_condition_acquire_for, 0,                      \
                             threading_condition_acquire, 0)                                       \
    (__VA_ARGS__)
#define THREADING_THIRD_OR_FIRST(first, second, third, function, ...) function
int threading_condition_release(threading_condition *condition);

/* Gives the lock up (all levels of an RLock), waits until notified, and takes the lock again.
 * There are no spurious wake-ups.  0; ETIMEDOUT; EPERM: the lock is not held (a Lock: by anyone, as
 * in Python; an RLock: by the caller); EINVAL. */
int threading_condition_wait(threading_condition *condition, double timeout);

/* Waits until predicate(arg), which is called with the lock held, is true.  The time-out is for all
 * of it.  Results as wait's; a predicate that is true at once needs no lock, as in Python. */
int threading_condition_wait_for(threading_condition *condition, bool (*predicate)(void *),
                                 void *arg, double timeout);

/* Wakes the `n` threads that have waited longest, or all there are.  They go on once the caller has
 * given the lock up.  0; EPERM: lock not held. */
int threading_condition_notify(threading_condition *condition, size_t n);
int threading_condition_notify_all(threading_condition *condition);

/* ---- Semaphore, BoundedSemaphore: a count that acquire takes from and release adds to. ---- */

typedef struct threading_semaphore {
    uint64_t word; /* value in the low half, threads that wait in the high one */
    uint32_t told;
    uint32_t bound; /* a BoundedSemaphore's initial value */
    char *name;
} threading_semaphore;
typedef struct threading_bounded_semaphore {
    threading_semaphore base;
} threading_bounded_semaphore;
/* clang-format off */
#define THREADING_SEMAPHORE_INIT {1, 0, 1, 0}
#define THREADING_BOUNDED_SEMAPHORE_INIT {THREADING_SEMAPHORE_INIT}
/* clang-format on */

/* Begins with `value` units. */
int threading_semaphore_init(threading_semaphore *semaphore, unsigned value);
int threading_semaphore_destroy(threading_semaphore *semaphore);
int threading_semaphore_set_name(threading_semaphore *semaphore, const char *name);

/* Takes one.  0; EBUSY: not blocking and none there; ETIMEDOUT; EINVAL as for Lock. */
int threading_semaphore_acquire(threading_semaphore *semaphore, bool blocking, double timeout);

/* Gives n.  0; EINVAL: n is 0; EOVERFLOW: above UINT_MAX, the value unchanged. */
int threading_semaphore_release(threading_semaphore *semaphore, unsigned n);

/* The units that are there at this moment. */
unsigned threading_semaphore_value(const threading_semaphore *semaphore);

/* The same; release gives EOVERFLOW when it would raise the value above the initial one. */
int threading_bounded_semaphore_init(threading_bounded_semaphore *semaphore, unsigned value);
int threading_bounded_semaphore_destroy(threading_bounded_semaphore *semaphore);
int threading_bounded_semaphore_set_name(threading_bounded_semaphore *semaphore, const char *name);
int threading_bounded_semaphore_acquire(threading_bounded_semaphore *semaphore, bool blocking,
                                        double timeout);
int threading_bounded_semaphore_release(threading_bounded_semaphore *semaphore, unsigned n);
unsigned threading_bounded_semaphore_value(const threading_bounded_semaphore *semaphore);

/* ---- Event: a flag that threads wait for. ---- */

typedef struct threading_event {
    uint32_t word;    /* bit 0 set, bit 1 waited for, above them the number of sets */
    uint32_t waiters; /* threads in a wait that did not pass at once */
    uint32_t told;
    uint32_t reserved;
    char *name;
} threading_event;
/* clang-format off */
#define THREADING_EVENT_INIT {0, 0, 0, 0, 0}
/* clang-format on */

int threading_event_init(threading_event *event);
int threading_event_destroy(threading_event *event);
int threading_event_set_name(threading_event *event, const char *name);
bool threading_event_is_set(const threading_event *event);

/* Sets it and wakes all threads that wait at this moment, also if it is cleared right after. */
int threading_event_set(threading_event *event);

/* Whoever waits from now on waits for the next set. */
int threading_event_clear(threading_event *event);

/* 0: it is set or was set during the wait; ETIMEDOUT; EINVAL.  One load when it is set. */
int threading_event_wait(threading_event *event, double timeout);

/* ---- Barrier: `parties` threads wait for each other, round by round. ---- */

typedef struct threading_barrier {
    uint64_t word; /* round, whether it is broken, and threads in the round that is filling */
    uint32_t parties;
    uint32_t told;
    struct {
        uint32_t state;  /* its last round that is over, and whether it was broken */
        uint32_t inside; /* threads that have not left that round yet */
    } slot[2];           /* of even and of odd rounds */
    uint32_t acting;     /* locked while the action runs */
    uint32_t reserved;
    void (*action)(void *);
    void *arg;
    double timeout;
    char *name;
} threading_barrier;

/* `action` (or NULL) is run once a round by the last thread to arrive, before any leaves.
 * `timeout` is what a wait with THREADING_FOREVER uses.  EINVAL: parties is 0, bad time-out. */
int threading_barrier_init(threading_barrier *barrier, unsigned parties, void (*action)(void *),
                           void *arg, double timeout);
int threading_barrier_destroy(threading_barrier *barrier);
int threading_barrier_set_name(threading_barrier *barrier, const char *name);

/* Waits for the round to fill.  `*index` (may be NULL) becomes 0 ... parties-1, another one for
 * each thread of a round.  ECANCELED: the barrier is broken, or was reset, aborted or broken by
 * some thread's time-out during the wait; EINVAL. */
int threading_barrier_wait(threading_barrier *barrier, double timeout, unsigned *index);

/* Empties the barrier and makes it whole again; threads that wait get ECANCELED. */
int threading_barrier_reset(threading_barrier *barrier);

/* Breaks it: threads that wait, and those that come, get ECANCELED until a reset. */
int threading_barrier_abort(threading_barrier *barrier);

/* As given to init; how many wait in the round that fills; whether it is broken, until a reset. */
unsigned threading_barrier_parties(const threading_barrier *barrier);
unsigned threading_barrier_n_waiting(const threading_barrier *barrier);
bool threading_barrier_broken(const threading_barrier *barrier);

/* ---- Thread. ---- */

typedef struct threading_thread threading_thread;
struct threading_thread_options {
    const char *name; /* NULL: "Thread-1", "Thread-2", ... */
    int daemon;       /* 1, 0, or -1: as the creating thread */
};

/* A thread that is not started yet.  `options` may be NULL.  ENOMEM; EINVAL. */
int threading_thread_create(threading_thread **thread, void (*target)(void *), void *arg,
                            const struct threading_thread_options *options);

/* Returns once it runs.  EALREADY: was started before; EAGAIN: no resources, may be tried again. */
int threading_thread_start(threading_thread *thread);

/* Waits for its end; as often and from as many threads as one likes.  ETIMEDOUT; EINVAL: was not
 * started, or not made here; EDEADLK: it is the calling thread. */
int threading_thread_join(threading_thread *thread, double timeout);

/* Calls its target in the calling thread. */
int threading_thread_run(threading_thread *thread);

/* Frees it.  EBUSY: alive, or somebody joins it; EINVAL: the main thread, or not made here. */
int threading_thread_destroy(threading_thread *thread);

/* The name is valid until the next set_name or destroy. */
const char *threading_thread_name(const threading_thread *thread);
int threading_thread_set_name(threading_thread *thread, const char *name);

/* Whether the end of the process does not wait for it. */
bool threading_thread_daemon(const threading_thread *thread);
int threading_thread_set_daemon(threading_thread *thread, bool daemon); /* EBUSY: was started */
uint64_t threading_thread_ident(const threading_thread *thread);        /* 0 before the start */
pid_t threading_thread_native_id(const threading_thread *thread);       /* 0 before the start */
bool threading_thread_is_alive(const threading_thread *thread);

/* The calling thread's object.  One that was not made here gets a "Dummy-N", a daemon, which lives
 * as long as the thread does; NULL when there is no memory for it. */
threading_thread *threading_current_thread(void);

/* The one that main runs in; after a fork the one that forked. */
threading_thread *threading_main_thread(void);

/* Threads alive: the main one, started ones, and dummies. */
size_t threading_active_count(void);

/* Writes at most `cap` of them to `out` and returns how many there are. */
size_t threading_enumerate(threading_thread **out, size_t cap);

/* Of the calling thread: a number that no other living thread has, and the system's. */
uint64_t threading_get_ident(void);
pid_t threading_get_native_id(void);

/* Waits until every thread that is not a daemon, but for main and the caller, has ended.  Returning
 * from main and exit() do it by themselves; _exit, quick_exit and abort do not. */
int threading_shutdown(void);

/* ---- Timer: a thread that calls a function after `interval` seconds unless cancelled. ---- */

typedef struct threading_timer threading_timer;

/* ENOMEM; EINVAL: no function, or an interval that is negative or NaN. */
int threading_timer_create(threading_timer **timer, double interval, void (*function)(void *),
                           void *arg);
int threading_timer_start(threading_timer *timer); /* as Thread */

/* The function will not be called if it was not yet; later it does nothing. */
int threading_timer_cancel(threading_timer *timer);
int threading_timer_join(threading_timer *timer, double timeout); /* as Thread */
bool threading_timer_is_alive(const threading_timer *timer);
int threading_timer_destroy(threading_timer *timer); /* as Thread */
int threading_timer_set_name(threading_timer *timer, const char *name);

/* The timer's thread, for its name, daemon flag and ident; destroyed with the timer. */
threading_thread *threading_timer_thread(threading_timer *timer);

/* ---- local: attributes that each thread has its own of. ---- */

typedef struct threading_local {
    uint64_t id; /* given by init or at the first use */
    char *name;
} threading_local;
/* clang-format off */
#define THREADING_LOCAL_INIT {0, 0}
/* clang-format on */

/* Without attributes, in every thread. */
int threading_local_init(threading_local *local);

/* Releases the values of all threads; none of them may be using it. */
int threading_local_destroy(threading_local *local);
int threading_local_set_name(threading_local *local, const char *name);

/* Sets the calling thread's attribute.  release(value) (or NULL) is called when the value is
 * replaced or deleted, when its thread ends (before join returns), or the local is destroyed.
 * Values of the main thread stay at exit.  ENOMEM, EINVAL: then release is not called. */
int threading_local_set(threading_local *local, const char *attribute, void *value,
                        void (*release)(void *));

/* ENOENT: the calling thread has no such attribute (Python: AttributeError). */
int threading_local_get(threading_local *local, const char *attribute, void **value);
int threading_local_del(threading_local *local, const char *attribute);

/* ---- A GIL, by CPython's algorithm since 3.2 (Python/ceval_gil.c). ---- */

typedef struct threading_gil {
    uintptr_t state; /* who holds it, and in the low bits what is wanted of the holder */
    uint32_t guard;
    uint32_t told;
    struct threading_waiter *first, *last; /* oldest first */
    uintptr_t last_holder;
    uint64_t switches;
    uint64_t interval; /* ns */
    char *name;
} threading_gil;
/* clang-format off */
#define THREADING_GIL_INIT {0, 0, 0, 0, 0, 0, 0, 5000000, 0}
/* clang-format on */

/* EINVAL: the interval, in seconds, is not above 0. */
int threading_gil_init(threading_gil *gil, double switch_interval);
int threading_gil_destroy(threading_gil *gil);
int threading_gil_set_name(threading_gil *gil, const char *name);

/* Takes it; after one switch interval of waiting without a switch asks the holder to give it up.
 * EDEADLK: the caller holds it. */
int threading_gil_acquire(threading_gil *gil);
int threading_gil_release(threading_gil *gil); /* EPERM: the caller does not hold it */

/* To be called between pieces of work: hands the GIL over if a thread asked for it, and returns
 * when the caller has it again.  One relaxed load when none did.  EPERM: not held by the caller. */
int threading_gil_checkpoint(threading_gil *gil);
bool threading_gil_held(const threading_gil *gil); /* by the caller */

/* In seconds; a wait that has begun goes by it from its next interval on.  EINVAL: not above 0. */
int threading_gil_set_switch_interval(threading_gil *gil, double switch_interval);

/* How often it went from one thread to another. */
uint64_t threading_gil_switches(const threading_gil *gil);

/* Around work that may block or needs no GIL; no return, break or goto out of it. */
#define THREADING_ALLOW_THREADS_BEGIN(gil)                                                         \
    {                                                                                              \
        threading_gil_release(gil);
#define THREADING_ALLOW_THREADS_END(gil)                                                           \
    threading_gil_acquire(gil);                                                                    \
    }

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
