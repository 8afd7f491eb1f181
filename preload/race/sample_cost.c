/* sample_cost.c: see sample_cost.h. */
#include "preload/race/sample_cost.h"

#include <sys/resource.h>

#include "preload/sys.h"

#include "preload/poison.h"

/* ns, of a virtual machine, where writing a debug register leaves the guest. */
#define SWITCH_ALL   2500u  /* one switch with the watches of all threads, and the clock */
#define SWITCH_SET   1500u  /* one with a watch of a few threads while it is set */
#define SWITCH_IDLE  100u   /* one when it is not */
#define THREAD_START 15000u /* a thread that inherits, and its end */

/* What may be spent: a part in so many of what is computed and of the time that passes, and a
 * little at first. */
#define OF_COMPUTED 60u
#define OF_TIME     1000u
#define AT_FIRST    500000u

#define LOOK_APART  10000000u /* ns */
#define INHERIT_MAX 100u /* a part in so many of what is computed may go into what is inherited */

static uint64_t began, spent, computed, before, next_look;
static uint64_t switched;  /* switches at the last look; 0: none yet */
static uint64_t inherited; /* what of `spent` is due to watches of all threads */
static uint64_t set_since,
    set_until;          /* when a watch was set; how long it was since the last look */
static uint64_t looked; /* when the last look was */
static bool by_thread;

static uint64_t nanoseconds(struct timeval time) {
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

void tc_cost_begin(uint64_t now) {
    began = next_look = looked = now;
    spent = computed = before = switched = inherited = set_since = set_until = 0;
    by_thread = false;
}

void tc_cost_add(uint64_t ns) {
    __atomic_fetch_add(&spent, ns, __ATOMIC_RELAXED);
}

static void add_inherited(uint64_t ns) {
    __atomic_fetch_add(&inherited, ns, __ATOMIC_RELAXED);
    tc_cost_add(ns);
}

void tc_cost_thread(void) {
    if (!by_thread)
        add_inherited(THREAD_START);
}

void tc_cost_set(bool set, uint64_t now) {
    uint64_t since = __atomic_exchange_n(&set_since, set ? now : 0, __ATOMIC_RELAXED);
    if (since && now > since)
        __atomic_fetch_add(&set_until, now - since, __ATOMIC_RELAXED);
}

/* What a switch cost on the average since the last look, `passed` ago. */
static uint64_t switch_cost(uint64_t now, uint64_t passed) {
    if (!by_thread)
        return SWITCH_ALL;
    uint64_t since = __atomic_load_n(&set_since, __ATOMIC_RELAXED);
    if (since)
        tc_cost_set(true, now);
    uint64_t set = __atomic_exchange_n(&set_until, 0, __ATOMIC_RELAXED);
    set = set > passed ? passed : set;
    return SWITCH_IDLE + (SWITCH_SET - SWITCH_IDLE) * set / (passed ? passed : 1);
}

bool tc_cost_look(uint64_t now) {
    uint64_t due = __atomic_load_n(&next_look, __ATOMIC_RELAXED);
    if (now < due || !__atomic_compare_exchange_n(&next_look, &due, now + LOOK_APART, false,
                                                  __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return false;
    struct rusage usage;
    if (TC_SYSCALL_2(SYS_getrusage, RUSAGE_SELF, &usage) != 0)
        return false;
    uint64_t time = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
    uint64_t switches = (uint64_t)usage.ru_nvcsw + (uint64_t)usage.ru_nivcsw;
    uint64_t since = switches > switched ? switches - switched : 0, passed = now - looked;
    bool first = switched == 0;
    if (first)
        __atomic_store_n(&before, time, __ATOMIC_RELAXED);
    __atomic_store_n(&computed, time, __ATOMIC_RELEASE);
    switched = switches + first; /* 0 means: none yet */
    looked = now;
    if (first)
        return false;
    uint64_t cost = since * switch_cost(now, passed);
    if (by_thread)
        tc_cost_add(cost);
    else
        add_inherited(cost);
    return !by_thread &&
           __atomic_load_n(&inherited, __ATOMIC_RELAXED) > (time - before) / INHERIT_MAX + AT_FIRST;
}

void tc_cost_by_thread(void) {
    by_thread = true;
}

bool tc_cost_allows(uint64_t now) {
    uint64_t since =
        __atomic_load_n(&computed, __ATOMIC_ACQUIRE) - __atomic_load_n(&before, __ATOMIC_RELAXED);
    uint64_t allowed = since / OF_COMPUTED + (now - began) / OF_TIME + AT_FIRST;
    return __atomic_load_n(&spent, __ATOMIC_RELAXED) < allowed;
}
