/* sample_cost.c: see sample_cost.h. */
#include "preload/race/sample_cost.h"

#include <sys/resource.h>

#include "preload/sys.h"

#include "preload/poison.h"

/* Of what the process uses so many parts in a thousand may be spent: a third of the 3 % is left for
 * what is reckoned too low. */
#define SHARE 20u

/* ns that may be saved for later: more would be spent at once some time. */
#define SAVED 200000000u

#define AFTER_LASTS 1300000000u /* ns for which the kernel keeps its code changed */

static uint64_t spent, used;
static uint64_t switches, counted_at, watched_until;
static uint64_t rate;    /* switches a second: where they become fewer, that is believed slowly */
static uint64_t advance; /* what was paid for switches to come */

static uint64_t clock_ns(clockid_t clock) {
    struct timespec time = {0, 0};
    TC_SYSCALL_2(SYS_clock_gettime, clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t tc_cost_of_thread(void) {
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void tc_cost_begin(void) {
    used = switches = counted_at = watched_until = rate = advance = 0;
    __atomic_store_n(&spent, 0, __ATOMIC_RELAXED);
}

void tc_cost_add(uint64_t ns) {
    __atomic_fetch_add(&spent, ns, __ATOMIC_RELAXED);
}

uint64_t tc_cost_spent(void) {
    return __atomic_load_n(&spent, __ATOMIC_RELAXED);
}

uint64_t tc_cost_used(void) {
    return __atomic_load_n(&used, __ATOMIC_RELAXED);
}

/* What was spent is not the process's own; some of it, as a thread being held up, is no processor's
 * time, and is taken off nevertheless. */
void tc_cost_look(void) {
    uint64_t all = clock_ns(CLOCK_PROCESS_CPUTIME_ID), ours = tc_cost_spent();
    uint64_t theirs = all > ours ? all - ours : 0, allowed = theirs * SHARE / 1000;
    __atomic_store_n(&used, theirs, __ATOMIC_RELAXED);
    if (allowed > ours + SAVED)
        tc_cost_add(allowed - ours - SAVED);
}

uint64_t tc_cost_missing(uint64_t ns) {
    uint64_t wanted = (tc_cost_spent() + ns) * (1000 / SHARE), have = tc_cost_used();
    return wanted > have ? wanted - have : 0;
}

bool tc_cost_allows(uint64_t ns) {
    return tc_cost_missing(ns) == 0;
}

/* What was paid in advance for switches to come is not paid again. */
static void pay(uint64_t ns) {
    uint64_t from_advance = ns < advance ? ns : advance;
    advance -= from_advance;
    tc_cost_add(ns - from_advance);
}

/* ns for which the kernel keeps its code changed beyond `now`, as it is. */
static uint64_t left_after(uint64_t now) {
    uint64_t end = watched_until ? watched_until + AFTER_LASTS : 0;
    return end > now ? end - now : 0;
}

uint64_t tc_cost_of_switches(uint64_t now, uint64_t length) {
    uint64_t longer = length + AFTER_LASTS - left_after(now);
    return rate * (length / 1000) / 1000000 * TC_COST_SWITCH +
           rate * (longer / 1000) / 1000000 * TC_COST_AFTER;
}

void tc_cost_pay_in_advance(uint64_t now, uint64_t length) {
    uint64_t cost = tc_cost_of_switches(now, length);
    advance += cost;
    tc_cost_add(cost);
    watched_until = now + length;
}

void tc_cost_switches(uint64_t now, bool watched) {
    struct rusage usage;
    if (TC_SYSCALL_2(SYS_getrusage, RUSAGE_SELF, &usage) != 0)
        return;
    uint64_t all = (uint64_t)usage.ru_nvcsw + (uint64_t)usage.ru_nivcsw;
    uint64_t since = all > switches ? all - switches : 0, passed = now - counted_at;
    if (counted_at && passed) {
        uint64_t left = left_after(counted_at);
        left = left < passed ? left : passed;
        pay(watched ? since * TC_COST_SWITCH
                    : since * TC_COST_AFTER * (left / 1000) / (passed / 1000 + 1));
        uint64_t now_rate = since * 1000000u / (passed / 1000 + 1);
        rate = now_rate > rate ? now_rate : rate - rate / 4 + now_rate / 4;
    }
    if (!left_after(now))
        advance = 0;
    switches = all;
    counted_at = now;
}
