/* sample_cost.c: see sample_cost.h. */
#include "preload/race/sample_cost.h"

#include <sys/resource.h>

#include "preload/sys.h"

#include "preload/poison.h"

/* ns of one switch, of a virtual machine, where writing a debug register leaves the guest. */
#define SWITCH_ALL  2500u /* with all watches and the clock */
#define SWITCH_SET  1500u /* with one watch that is set */
#define SWITCH_IDLE 300u  /* with one that is not */

#define SHARE       70u        /* 1 part in so many of what is computed may go into switches */
#define LOOK_APART  50000000u  /* ns */
#define LOOKS       2          /* in sequence that must find too many switches */
#define PHASE       256000000u /* ns; windows in the first part of each */
#define PARTS       256u       /* of a phase */
#define LEAST_PARTS 10u        /* in which windows are opened whatever it costs */
#define FEW         20u        /* switches between two looks that are no matter */

static uint64_t began, spent, computed, before, switched, next_look;
static uint32_t often, parts;
static bool reduced;

static uint64_t nanoseconds(struct timeval time) {
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

void tc_cost_begin(uint64_t now) {
    began = next_look = now;
    spent = computed = before = switched = often = 0;
    parts = PARTS;
    reduced = false;
}

void tc_cost_add(uint64_t ns) {
    __atomic_fetch_add(&spent, ns, __ATOMIC_RELAXED);
}

/* In how many parts of the time one watch may be set, so that the switches stay below their share.
 */
static uint32_t parts_for(uint64_t time, uint64_t switches) {
    uint64_t each = switches ? time / switches / SHARE : SWITCH_SET;
    if (switches < FEW || each >= SWITCH_SET)
        return PARTS;
    uint64_t share =
        each > SWITCH_IDLE ? (each - SWITCH_IDLE) * PARTS / (SWITCH_SET - SWITCH_IDLE) : 0;
    return share > LEAST_PARTS ? (uint32_t)share : LEAST_PARTS;
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
    uint64_t time_since = time - computed, switches_since = switches - switched;
    bool first = switched == 0;
    if (first)
        __atomic_store_n(&before, time, __ATOMIC_RELAXED);
    __atomic_store_n(&computed, time, __ATOMIC_RELEASE);
    switched = switches;
    if (first)
        return false;
    if (reduced) {
        uint32_t wanted = parts_for(time_since, switches_since);
        __atomic_store_n(&parts, wanted, __ATOMIC_RELAXED);
        return false;
    }
    bool many = switches_since >= FEW && switches_since * SWITCH_ALL > time_since / SHARE;
    often = many ? often + 1 : 0;
    return often >= LOOKS;
}

void tc_cost_watches_are(unsigned count) {
    reduced = count <= TC_WATCHES_WHERE_SWITCHED;
}

bool tc_cost_allows(uint64_t now) {
    /* 1 per cent of what the process computes, 0.2 of the time that passes, and a little at first.
     */
    uint64_t since =
        __atomic_load_n(&computed, __ATOMIC_ACQUIRE) - __atomic_load_n(&before, __ATOMIC_RELAXED);
    uint64_t allowed = since / 100 + (now - began) / 500 + 1000000;
    return now % PHASE < (uint64_t)__atomic_load_n(&parts, __ATOMIC_RELAXED) * (PHASE / PARTS) &&
           __atomic_load_n(&spent, __ATOMIC_RELAXED) < allowed;
}
