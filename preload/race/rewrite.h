/* rewrite.h: full coverage of programs that were not compiled for it: the shim's side of
 * preload/rewrite.
 *
 * What: loads lib/libthreadcheck-rewrite.so, which lies beside the shim, and lets it rewrite the
 *       program when the first thread is about to be created: a process that stays with one thread
 *       pays nothing.
 * Threads: begin and constructed are called by the constructor; now by the thread that creates one,
 *          with the guard on.
 */
#ifndef TC_PRELOAD_RACE_REWRITE_H
#define TC_PRELOAD_RACE_REWRITE_H

#include "preload/recorder.h"

/* False: not possible here; why was said on stderr. */
bool tc_race_rewrite_begin(void);

/* A thread is about to be created by the hook that was called at `site`.  Nothing is done before
 * the constructor. */
void tc_race_rewrite_now(struct tc_thread *self, struct tc_site site);

/* The constructor is done; `self`, unless NULL: there are other threads already. */
void tc_race_rewrite_constructed(struct tc_thread *self, struct tc_site site);

/* A module was unloaded: what has its place by now is another one. */
void tc_race_modules_gone(void);

/* In a forked child. */
void tc_race_rewrite_forked(void);

#endif
