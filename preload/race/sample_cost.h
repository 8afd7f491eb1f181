/* sample_cost.h: what sampling may cost, and what it does.
 *
 * What: a budget, kept from the first moment on: a part of the processor's time that the process
 *       itself used.  What sampling does is measured by who does it.  What the kernel does unseen
 *       (switches between threads with a watch or after one, traps, other processors that are told)
 *       is how often that happened times what one was measured to cost.  Nothing is begun unless
 *       all that it is expected to cost fits.
 * Threads: any; look and switches by one at a time.
 */
#ifndef TC_PRELOAD_RACE_SAMPLE_COST_H
#define TC_PRELOAD_RACE_SAMPLE_COST_H

#include <stdbool.h>
#include <stdint.h>

/* Sampling begins; in a process that was forked from one that sampled, too. */
void tc_cost_begin(void);

/* `ns` of the processor's time went into sampling, or a thread was held up for so long. */
void tc_cost_add(uint64_t ns);

/* Reads what the process has used. */
void tc_cost_look(void);

/* Whether another `ns` may be spent; how many ns of the process's time are missing until then. */
bool tc_cost_allows(uint64_t ns);
uint64_t tc_cost_missing(uint64_t ns);

/* Counts the switches since the last call, and what they cost: `watched` while watches were open.
 */
void tc_cost_switches(uint64_t now, bool watched);

/* What switches will cost if watches are opened for `length` ns, and for the second after that in
 * which the kernel still looks for some.  Paid before that begins; if it becomes more, that is
 * paid, too. */
uint64_t tc_cost_of_switches(uint64_t now, uint64_t length);
void tc_cost_pay_in_advance(uint64_t now, uint64_t length);

/* All that was spent, and what the process has used without that, as of the last look. */
uint64_t tc_cost_spent(void);
uint64_t tc_cost_used(void);

/* ns of the calling thread's time. */
uint64_t tc_cost_of_thread(void);

/* ns, measured on a virtual machine, where writing a debug register leaves the guest. */
#define TC_COST_TRAP   15000u   /* a trap beside what its handler takes */
#define TC_COST_TICK   15000u   /* waking the thread that looks, beside what it does */
#define TC_COST_SWITCH 2000u    /* a switch with a watch */
#define TC_COST_AFTER  250u     /* one within a second after a watch */
#define TC_COST_TELL   5000u    /* interrupting another processor: a watch there is set anew */
#define TC_COST_PATCH  150000u  /* the kernel's first watch within a second changes its own code */
#define TC_COST_LOAD   1500000u /* the decoder's library, once */
#define TC_COST_SLOWS  16u      /* a part of a session: a long memset takes several times as long */
#define TC_COST_OPEN   20000u   /* a watch of a thread, opened and closed */

#endif
