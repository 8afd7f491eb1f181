/* hang.h: the wait-for graph of the threads as the trace ends.
 *
 * What: which threads can never go on, by the waits that stand open in the model.  A thread that is
 *       not known to be blocked - it computes, reads, sleeps, waits for a signal - can wake
 * anybody, so nothing that hangs on a wake-up is claimed while one such thread is left. Rules: not
 * thread-safe.
 */
#ifndef TC_ANALYZER_HANG_H
#define TC_ANALYZER_HANG_H

#include "analyzer/checkers/checker.h"
#include "analyzer/checkers/wait_graph.h"
#include "analyzer/checkers/wake_state.h"

struct tc_hang {
    const struct tc_model *model;
    const struct tc_wake_table *wakes;
    bool watched;  /* the hang watch saw a hang while the process lived */
    bool handlers; /* a signal handler ran: it may post semaphores */
    struct tc_wait_graph *graph;
};

/* Keeps `watched` and `handlers` up to date; to be fed with every NONE step. */
void tc_hang_note(struct tc_hang *hang, const struct tc_step *step);

/* Makes and solves `graph` from the model as it is now. */
void tc_hang_solve(struct tc_hang *hang);

/* Of the thread with this index. */
bool tc_hang_stuck(const struct tc_hang *hang, uint32_t thread);

/* What the thread is blocked in.  A thread in a signal handler can still wake others, but what its
 * handler interrupted stays blocked if it was for a lock or a thread. */
const struct tc_blocked *tc_hang_wait(const struct tc_hang *hang, const struct tc_thread *thread);

/* Whether an open wait is for a lock, a thread or another thing that only certain threads can give,
 * rather than for a wake-up that anybody could send. */
bool tc_waits_for_holder(const struct tc_blocked *blocked);

#endif
