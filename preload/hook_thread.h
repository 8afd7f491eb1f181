/* hook_thread.h: what pthread_* and C11's thrd_* share of starting and joining threads.
 *
 * Threads: everything here is called by the thread that called the hook, except what a new thread
 *          does first.
 */
#ifndef TC_PRELOAD_HOOK_THREAD_H
#define TC_PRELOAD_HOOK_THREAD_H

#include "preload/hook.h"

/* What a new thread is to do; waits in a pool from the create until the thread has read it. */
struct tc_start {
    uint32_t taken;
    struct tc_new_thread thread;
    union {
        void *(*posix)(void *);
        thrd_start_t c11;
        uintptr_t address;
    } routine;
    void *arg;
};

/* tc_enter for who creates a thread: recording begins here when that comes before our constructor.
 * lifecycle.c */
struct tc_thread *tc_enter_creating(void);

/* Announces a thread; NULL when nothing of it can be recorded and it is to be started as it is.
 * `attributes`: as for pthread_create. */
struct tc_start *tc_start_begin(struct tc_thread *self, uintptr_t routine, void *arg,
                                const pthread_attr_t *attributes, uint32_t stack);

/* After the real create; `error` is 0 or what it gave, `handle` the new thread. */
void tc_start_end(struct tc_new_thread thread, struct tc_start *start, const pthread_t *handle,
                  int error);

/* The first thing that a new thread does.  Gives back `start`, so copies it. */
struct tc_start tc_start_enter(struct tc_start *start);

/* A thread that is joined or detached. */
struct tc_join {
    struct tc_ref object;
    uint32_t stack;
    bool told; /* the misuse was recorded before the call */
};

/* Before a join or detach: looks the thread up, and records misuse at once, as libc may crash. */
struct tc_join tc_join_begin(struct tc_thread *self, pthread_t handle, uint32_t stack);

/* Makes the real call of a join that may block.  `request` is THREAD_JOIN_REQUEST or its timed
 * form. */
int tc_join_call(struct tc_join *join, enum tc_event_code request, void *function, long a, long b,
                 long c, long d);

/* After it: `error` is 0 or the error number. */
void tc_join_end(const struct tc_join *join, int error);
void tc_detach_end(const struct tc_join *join, int error);

/* In a forked child: its objects' ids begin anew. */
void tc_fates_forked(void);

/* The index of a thread of which the handle is known, or 0. */
uint32_t tc_index_of_handle(struct tc_thread *self, pthread_t handle);

/* Sees to it that the calling thread's end is recorded, however it ends. */
void tc_watch_exit(void);

#endif
