/* recorder.h: what an interceptor calls to leave an event in the trace.
 *
 * What: threads, references to objects, stacks, and the calls that append events.  The interceptors
 *       (preload/hooks_*.c) know pthreads and nothing of files; the recorder knows files, order and
 *       encoding and nothing of pthreads, so that it is tested without LD_PRELOAD.
 * Rules: nothing here mallocs, prints, takes a lock of libc or calls dlsym; errno is kept by
 *        tc_leave.  Everything may be called from any thread, from constructors, from TLS
 *        destructors and from signal handlers.  Between tc_enter and tc_leave the guard is on:
 *        intercepted calls made there go straight through.  The guard must be off during the real
 *        call.
 *
 * A hook looks like this:
 *
 *     int pthread_rwlock_rdlock(pthread_rwlock_t *lock) {
 *         struct tc_thread *self = tc_enter();
 *         if (!self)
 *             return real.pthread_rwlock_rdlock(lock);
 *         struct tc_ref object = tc_rwlock_ref(self, lock);
 *         uint32_t stack = tc_stack(self, TC_SITE());
 *         tc_leave(self);
 *         ... the real try; if busy: enter, tc_event(self, TC_EV_REQUEST_SHARED, ...), leave, block
 *         enter; tc_event(self, TC_EV_ACQUIRE_SHARED, ...); leave
 *     }
 */
#ifndef TC_PRELOAD_RECORDER_H
#define TC_PRELOAD_RECORDER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

#include "preload/arch.h"
#include "threadcheck/events.h"

struct tc_thread; /* this thread's recording state; preload/thread.h */

/* An object as the recorder knows it.  `order` is where its tickets are counted: bits 0-39 the last
 * ticket, bits 40-63 the thread that took it.  id 0: the object cannot be recorded (out of memory,
 * counted as a loss); passing it on is harmless. */
struct tc_ref {
    uint32_t id;
    uint32_t attr; /* enum tc_attr bits that the caller must know: RECURSIVE, ERRORCHECK, ... */
    uint64_t *order;
};

/* Where the program called the hook. */
struct tc_site {
    uintptr_t return_address;
    uintptr_t cfa;           /* TC_CALLER_BASE (arch.h): on x86-64 the caller's stack pointer before
                                its call instruction pushed, on others at most that */
    uintptr_t frame_pointer; /* rbp or x29 as the caller had it */
    intptr_t frame_slot;     /* where that was pushed, from cfa on; 0: at cfa - 16, as hooks do */
};

/* To be used in the exported hook itself (compiled with a frame pointer), not in a helper. */
#define TC_SITE()                                                                                  \
    ((struct tc_site){(uintptr_t)__builtin_return_address(0), TC_CALLER_BASE(),                    \
                      *(uintptr_t *)__builtin_frame_address(0), 0})

/* Starts work of the shim.  NULL: record nothing and call straight through (recording is off, too
 * early, or the call comes from the shim itself).  Attaches threads that it did not see start. */
struct tc_thread *tc_enter(void);

/* Ends it; gives errno back the value it had at tc_enter. */
void tc_leave(struct tc_thread *self);

/* The thread is about to longjmp, out of a signal handler perhaps, to a frame whose stack pointer
 * is `target`: a hook that the handler interrupted will never go on. */
void tc_jumped(uintptr_t target);

/* The id of the stack at `site`: exact, interned, cheap when it was seen before. 0: no stack. */
uint32_t tc_stack(struct tc_thread *self, struct tc_site site);

/* The same where the call has begun already: a thread is not held there (steer.h). */
uint32_t tc_stack_here(struct tc_thread *self, struct tc_site site);

/* References.  Each finds the object at the address or registers it as first seen in use
 * (TC_ATTR_NO_INIT_SEEN) with `stack` as the place; kinds and process-shared flags are read from
 * the object itself. */
struct tc_ref tc_mutex_ref(struct tc_thread *self, pthread_mutex_t *mutex, uint32_t stack);
struct tc_ref tc_rwlock_ref(struct tc_thread *self, pthread_rwlock_t *lock, uint32_t stack);
struct tc_ref tc_sem_ref(struct tc_thread *self, sem_t *sem, uint32_t stack);
struct tc_ref tc_object_ref(struct tc_thread *self, const void *address, uint8_t type,
                            uint32_t stack);

/* The object at `address` if it is known and alive, else id 0.  Registers nothing. */
struct tc_ref tc_object_find(const void *address, uint8_t type);

/* A new generation at `address`: writes its meta record and INIT.  To be called after the real init
 * succeeded.  When an older generation of the same type was never destroyed, says so with REINIT.
 */
struct tc_ref tc_object_init(struct tc_thread *self, void *address, uint8_t type, uint32_t attr,
                             uint32_t value, uint32_t stack);

/* The object at `address`, registered as first seen in use, with these attributes, when it is not
 * known. */
struct tc_ref tc_object_first(struct tc_thread *self, const void *address, uint8_t type,
                              uint32_t attr, uint32_t stack);

/* Records DESTROY and forgets the address, so that its memory may become anything.  A later use
 * without an init finds the dead generation (tc_object_dead) until the memory is re-used. */
void tc_object_destroy(struct tc_thread *self, void *address, uint8_t type, uint32_t stack);

/* The id of the destroyed object that `address` still shows, or 0. */
uint32_t tc_object_dead(const void *address, uint8_t type);

/* The memory [low, high) went away: FREED for every known object in it. */
void tc_memory_freed(struct tc_thread *self, uintptr_t low, uintptr_t high, uint32_t stack);

/* Name of an object (copied), shown in reports. */
void tc_object_set_name(struct tc_thread *self, struct tc_ref object, const char *name);

/* The one call that appends an event: takes a ticket when its code is ORDERED, keeps the held list,
 * and writes the shortest record.  `stack`, `arg` and `result` may be 0.  Exclusive acquires and
 * releases of a mutex or a spinlock must be recorded while the caller holds it. */
void tc_event(struct tc_thread *self, enum tc_event_code code, struct tc_ref object, uint32_t stack,
              uint64_t arg, uint32_t result);

/* The clock, before an event that blocks: about 20 ns. */
void tc_event_time(struct tc_thread *self);

/* How many times this thread holds the object now, by its own held list. */
uint32_t tc_held_count(const struct tc_thread *self, uint32_t object);

/* The next call that may be misuse must reach the file even in a single-threaded process. */
void tc_materialise(struct tc_thread *self);

/* What the hang watch looks at: set before a call that may block for ever, cleared after it, which
 * also records the time, so that the analyzer knows how long the wait was. */
struct tc_waiting {
    uint32_t object; /* id, 0: not waiting */
    uint8_t code;    /* the REQUEST, WAIT or ARRIVE event that was recorded */
    uint32_t stack;
    uint64_t since; /* ns, CLOCK_MONOTONIC */
};
void tc_wait_begin(struct tc_thread *self, enum tc_event_code code, struct tc_ref object,
                   uint32_t stack);
void tc_wait_end(struct tc_thread *self);

/* Threads.  Before it creates one, the creator prepares what a process of several needs: with no
 * lock held and signals as they are, as the first time much is set up (the file, the watch for
 * hangs, watchpoints).  Then it announces the thread: this registers its THREAD object and writes
 * THREAD_CREATE.  Index 0: it cannot be recorded; passing it on is harmless. */
void tc_thread_prepare(struct tc_thread *self);
struct tc_new_thread {
    uint32_t index;
    struct tc_ref object;
    uintptr_t stack_low; /* the lowest address of a stack that the program gives it, or 0 */
    size_t stack_size;   /* else how large a stack it gets; 0: not known */
};
struct tc_new_thread tc_thread_announce(struct tc_thread *self, uintptr_t start_routine,
                                        uint32_t stack, bool detached);

/* The first call of the new thread, instead of tc_enter: attaches it as `thread` and writes its
 * stack bounds and THREAD_START.  Like tc_enter it leaves the guard on, and may return NULL. */
struct tc_thread *tc_thread_start(struct tc_new_thread thread);

/* The last call of a thread: THREAD_EXIT; its buffer may be given back.  Instead of tc_leave. */
void tc_thread_exit(struct tc_thread *self);

/* Of a thread that runs: its THREAD object and its index. */
struct tc_ref tc_thread_object(struct tc_thread *self);
uint32_t tc_thread_index(const struct tc_thread *self);
void tc_thread_set_name(struct tc_thread *self, uint32_t index, const char *name);

/* Ties the announced thread to its pthread_t, so that tc_object_find((void *)handle,
 * TC_OBJECT_THREAD) gives its object from here on: also after its end, until the handle is given to
 * another thread.  To be called by creator and child alike, whoever comes first. */
void tc_thread_bind(struct tc_new_thread thread, pthread_t handle);

/* The create that was announced did not happen: THREAD_CREATE_FAILED. */
void tc_thread_create_failed(struct tc_thread *self, struct tc_new_thread thread, int error);

/* Around the real fork.  prepare: before it, between enter and leave (the guard is off during the
 * real call: atfork handlers are the program's).  parent: FORK, after it succeeded.  child: first
 * call of the child; a fresh recording state with FORK_CHILD and what this thread still holds, and
 * the guard off.  A vfork child calls none of them. */
struct tc_fork_held;
void tc_fork_prepare(struct tc_thread *self, struct tc_fork_held *held);
void tc_fork_parent(struct tc_thread *self, int child, uint32_t stack,
                    const struct tc_fork_held *held);
void tc_fork_child(uint32_t stack, const struct tc_fork_held *held);

/* After a dlopen or dlclose came back: brings the table of modules up to date. */
void tc_modules_changed(bool unloaded);

/* True when this process writes this trace: false in a child of vfork or of a raw clone that
 * shares our memory.  One system call. */
bool tc_process_is_ours(void);

/* The process is about to end by _exit and the like (`raw`), or to be replaced by exec (header
 * flags, events, and the analyzer where options ask for it).  exec may fail: undone then. */
void tc_process_exit(int status, bool raw);
void tc_process_exec(void);
void tc_process_exec_failed(void);

/* Runs the analyzer on the live trace to print a hang now; returns when it is done, with its exit
 * status (error_exitcode: it found the hang, too), or -1 when it could not be run.  Called by the
 * hang watch from a thread without libc: raw system calls only. */
int tc_spawn_hang_report(void);

/* The hang watch is about to end the process with `status`: marks the trace finished and, where no
 * one else will, reports all of it and removes it.  From the watch's thread: raw system calls. */
void tc_process_end_by_watch(int status);

/* What the recorder calls in the hooks' half (real.h, hang_watch.h). */
void tc_real_resolve(void); /* fills the table of real functions; idempotent */
void tc_watch_wanted(void); /* a thread begins to wait: starts the watch when it is off */
void tc_watch_forked(void); /* in a forked child: the watch thread did not survive */
void tc_watch_stop(void);   /* ends the watch and waits until its thread is gone */

#endif
