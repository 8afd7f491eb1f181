/* sample_unload.c: sampling and dlclose: no code is looked at while it may go away.
 *
 * Threads: any; who looks at code may be in a signal handler.
 */
#include "preload/race/sample.h"
#include "preload/race/sample_pick.h"
#include "preload/race/sample_session.h"
#include "preload/sys.h"

#include "preload/poison.h"

#define LONGEST_WORK 200 /* ms; a hold is at most 5 */
#define FORGETTING   0x80000000u

/* Threads in dlclose: no code is looked at; FORGETTING: by one of them. */
static uint32_t unloading;
static uint32_t at_work; /* threads that look at code */

bool tc_sample_begin_work(void) {
    __atomic_fetch_add(&at_work, 1, __ATOMIC_SEQ_CST);
    if (tc_sample_on && !__atomic_load_n(&unloading, __ATOMIC_SEQ_CST))
        return true;
    __atomic_fetch_sub(&at_work, 1, __ATOMIC_RELEASE);
    return false;
}

void tc_sample_end_work(void) {
    __atomic_fetch_sub(&at_work, 1, __ATOMIC_RELEASE);
}

void tc_sample_unload_begin(void) {
    __atomic_fetch_add(&unloading, 1, __ATOMIC_SEQ_CST);
    struct timespec nap = {0, 1000000};
    for (unsigned i = 0; __atomic_load_n(&at_work, __ATOMIC_SEQ_CST) ||
                         __atomic_load_n(&unloading, __ATOMIC_SEQ_CST) & FORGETTING;
         i++) {
        if (i == LONGEST_WORK) { /* one was cancelled in it, and never ends */
            tc_sample_end();
            return;
        }
        TC_SYSCALL_2(SYS_nanosleep, &nap, NULL);
    }
}

void tc_sample_unload_end(void) {
    uint32_t now = __atomic_load_n(&unloading, __ATOMIC_SEQ_CST), next;
    do { /* the last one looks what is left, and who comes meanwhile waits for that */
        next = now == 1 ? now | FORGETTING : now - 1;
    } while (!__atomic_compare_exchange_n(&unloading, &now, next, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST));
    if (!(next & FORGETTING))
        return;
    if (tc_sample_on)
        tc_pick_forget_gone();
    __atomic_fetch_sub(&unloading, FORGETTING + 1, __ATOMIC_SEQ_CST);
}

void tc_sample_unload_forked(void) {
    at_work = unloading = 0;
}
