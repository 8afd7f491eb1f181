/* hang_watch.c: the watch's thread, and when it runs.  What it sees is judged in hang_check.c. */
#include "preload/hang_watch.h"

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "preload/arch.h"
#include "preload/hang_check.h"
#include "preload/options.h"
#include "preload/process.h"
#include "preload/race/race.h"
#include "preload/race/sample.h"
#include "preload/recorder.h"
#include "preload/sys.h"
#include "preload/thread.h"

#include "preload/poison.h"

enum { WATCH_OFF, WATCH_STARTING, WATCH_ON };

static uint32_t watch_state;
static uint32_t watch_stop; /* futex: not 0 when the thread is to end */
static uint32_t watch_tid;  /* cleared and woken by the kernel when the thread is gone */

bool tc_watch_possible(void) {
    /* ThreadSanitizer takes over functions of libc, and they crash in a thread whose start it did
     * not see. */
    return (tc_options.hang_timeout != 0 || tc_sample_on) && !tc_race_runtime_is_foreign();
}

/* glibc's code finds its thread block at the thread pointer: the watch has one of its own, all zero
 * but for what has to be there, with room for thread-local variables of libraries. */
#define WATCH_STACK (64u << 10)
static struct {
    uint8_t below[TC_TLS_BELOW];
    void *head[3];
    uint8_t above[TC_TLS_ABOVE];
} watch_tls __attribute__((aligned(64)));
static uint8_t watch_stack[WATCH_STACK] __attribute__((aligned(64)));

/* Sleeps until the next look or until it is to end. */
static void sleep_for(uint64_t ns) {
    struct timespec time = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    TC_SYSCALL_4(SYS_futex, &watch_stop, FUTEX_WAIT_PRIVATE, 0, &time);
}

static bool should_stop(void) {
    return __atomic_load_n(&watch_stop, __ATOMIC_ACQUIRE) != 0;
}

/* Says that the watch is off.  Who begins to wait from here on starts another; one that began just
 * before has seen it on: true, the watch goes on, when there is one. */
static bool stays_after_all(void) {
    uint32_t expected = WATCH_OFF;
    __atomic_store_n(&watch_state, WATCH_OFF, __ATOMIC_SEQ_CST);
    return tc_hang_check() != TC_HANG_NOBODY_WAITS &&
           __atomic_compare_exchange_n(&watch_state, &expected, WATCH_ON, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

/* The only function of the thread.  Never returns to a caller. */
static void watch_main(void) {
    const uint64_t shortest = 10000000, longest = 500000000;
    uint64_t period = tc_options.hang_timeout ? tc_options.hang_timeout / 4 : longest;
    period = period < shortest ? shortest : period > longest ? longest : period;
    TC_SYSCALL_2(SYS_prctl, PR_SET_NAME, "threadcheck");
    tc_race_bare_thread(); /* for the program's handler of SIGSYS */
    __atomic_store_n(&watch_state, WATCH_ON, __ATOMIC_SEQ_CST);
    for (uint64_t slept = 0; !should_stop();) {
        uint64_t nap = tc_sample_tick();
        nap = nap < period - slept ? nap : period - slept;
        sleep_for(nap);
        if (should_stop())
            break;
        slept += nap;
        if (slept < period)
            continue;
        slept = 0;
        if (tc_hang_check() == TC_HANG_NOBODY_WAITS && !stays_after_all())
            goto end;
    }
    __atomic_store_n(&watch_state, WATCH_OFF, __ATOMIC_SEQ_CST);
end:
    TC_SYSCALL_1(SYS_exit, 0);
    __builtin_unreachable();
}

/* clone() by hand: the new thread goes on at watch_main on its own stack. */
static long clone_watch(void) {
    const long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                       CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    tc_thread_head(watch_tls.head);
    return tc_clone(flags, watch_stack + sizeof watch_stack, watch_main, &watch_tid, &watch_tid,
                    watch_tls.head);
}

/* Waits for the end of the watch's thread.  The kernel wakes one waiter only, and another thread
 * may start the watch again, so nobody sleeps for long and the word to stop is given each time. */
static void wait_until_gone(bool stop) {
    const struct timespec nap = {0, 2000000};
    uint32_t tid;
    while ((tid = __atomic_load_n(&watch_tid, __ATOMIC_ACQUIRE)) != 0) {
        if (stop) {
            __atomic_store_n(&watch_stop, 1, __ATOMIC_SEQ_CST);
            TC_SYSCALL_3(SYS_futex, &watch_stop, FUTEX_WAKE_PRIVATE, 1);
        }
        TC_SYSCALL_4(SYS_futex, &watch_tid, FUTEX_WAIT, tid, &nap);
    }
}

/* Starts the thread with every signal blocked, as a thread inherits its mask; but for SIGSYS, as in
 * sys.c: the program's sandbox may carry out what the watch asks the kernel for. */
static TC_COLD void start(void) {
    uint32_t expected = WATCH_OFF;
    if (!__atomic_compare_exchange_n(&watch_state, &expected, WATCH_STARTING, false,
                                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return;
    /* The last one has said that it is off, but may still be on its stack. */
    wait_until_gone(false);
    uint64_t all = ~(1ull << (SIGSYS - 1)), before;
    TC_SYSCALL_4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, 8);
    __atomic_store_n(&watch_stop, 0, __ATOMIC_RELEASE);
    if (clone_watch() < 0)
        __atomic_store_n(&watch_state, WATCH_OFF, __ATOMIC_SEQ_CST);
    TC_SYSCALL_4(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, 8);
}

void tc_watch_wanted(void) {
    if (__atomic_load_n(&watch_state, __ATOMIC_SEQ_CST) == WATCH_OFF && tc_watch_possible())
        start();
}

void tc_watch_forked(void) {
    watch_state = WATCH_OFF;
    watch_stop = watch_tid = 0;
    tc_hang_forget();
}

/* A child that syscall(SYS_clone) or the like made has the parent's words, and no watch: it would
 * wait for ever. */
void tc_watch_stop(void) {
    if (tc_process_is_ours())
        wait_until_gone(true);
}
