/* process.h: the state of recording in this process.
 *
 * What: whether recording goes on and whereto, and the turns of a process's life: it starts, gets a
 *       second thread, forks, ends.
 * Threads: `tc_process` is written by the constructor, by tc_materialise under tc_process.lock, and
 *          by the only thread of a forked child.
 */
#ifndef TC_PRELOAD_PROCESS_H
#define TC_PRELOAD_PROCESS_H

#include "preload/sys.h"
#include "preload/thread.h"

enum tc_process_mode {
    TC_MODE_OFF,    /* before the constructor, after the end, or recording is impossible */
    TC_MODE_MEMORY, /* one thread, no misuse so far: nothing is written to a file */
    TC_MODE_FILE,
};

struct tc_process {
    uint32_t mode;  /* enum tc_process_mode */
    uint32_t epoch; /* counts what makes stashed identities stale: forks and compactions; from 1 */
    uint32_t stash_key;  /* twice the epoch */
    uint32_t hot_epoch;  /* changes with the epoch, and when code is unloaded; from 1 */
    uint32_t libc_known; /* whether what it does is as in libc_short.h */
    uint32_t cancels;    /* whether the program ever cancelled a thread */
    uint32_t generation; /* counts forks down to this process */
    int pid;             /* of the process that this state belongs to */
    int parent_pid;      /* of the process that forked it; 0: it was not forked */
    uint64_t start_realtime, start_monotonic;
    uint64_t lost[TC_LOSS_COUNT]; /* while there is no file */
    uint32_t threads;             /* indices given so far */
    uint32_t exiting;             /* an exit was seen */
    uint32_t reported;            /* the end was dealt with */
    struct tc_lock lock;          /* of tc_materialise and thread registration */
};

extern struct tc_process tc_process;

/* Zero in a forked child, however it was made (MADV_WIPEONFORK); NULL before the start. */
extern uint32_t *tc_process_alive;

/* tc_enter when the thread's short cut does not hold: not attached, guard on, off, or forked. */
struct tc_thread *tc_enter_slow(void);
void tc_leave_slow(struct tc_thread *self);

/* Counts `events` lost events. */
void tc_lose(enum tc_loss why, uint64_t events);

/* In a child that did not come from the hooked fork, or from there: starts over. */
void tc_process_renew(void);

/* Starts recording, in memory. */
void tc_process_begin(void);

/* Drops the events in memory, which have outgrown their limit, and restates what is. */
void tc_process_compact(struct tc_thread *self);

#endif
