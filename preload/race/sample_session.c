/* sample_session.c: see sample_session.h.  When sessions are held, how long, and in which threads.
 *
 * A session is begun when all that it is expected to cost is in the budget (sample_cost.h).  Its
 * length follows from how often the process switches between threads; its threads are those that
 * have computed most since they were looked at last. */
#include "preload/race/sample_session.h"

#include "preload/race/sample.h"
#include "preload/race/sample_cost.h"
#include "preload/sys.h"
#include "preload/thread.h"

#include "preload/poison.h"

#define LONGEST       20000000u /* ns of a session */
#define SHORTEST      1000000u
#define TRAPS         8u     /* that one is expected to have, at first */
#define LOOKED_AT     64     /* threads at most, each time */
#define LITTLE        20000u /* ns that a thread has computed lately: less is nothing */
#define CLOCK         200000u
#define NAP_SHORTEST  2000000u
#define NAP_FIRST     20000000u
#define NAP_LONGEST   500000000u
#define PATCHED_LASTS 1000000000u /* ns after a session in which the next is not the first */

static bool open_now, held; /* held: there was one */
static uint64_t ends_at, ended_at;
static uint64_t spent_before, average; /* what a session cost */
static uint64_t used_before, looked_at, last_nap;
static uint32_t turn;
static uint64_t sessions;

/* How much threads had computed when they were looked at last, by their index, and how much of that
 * lately. */
static struct {
    int tid;
    uint64_t time, lately;
} before[256];

void tc_session_start(void) {
    open_now = held = false;
    ends_at = ended_at = spent_before = average = used_before = looked_at = last_nap = sessions = 0;
    tc_cost_switches(tc_now(), false);
}

static uint64_t time_of(int tid) {
    struct timespec time;
    if (TC_SYSCALL_2(SYS_clock_gettime, ~(clockid_t)tid << 3 | 6, &time) != 0)
        return 0;
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* ns that it computed lately: since the last look, half of what it did before, and so on, as one
 * that did not get a processor just then is as good as the others. */
static uint64_t computed(const struct tc_thread *thread) {
    uint64_t now = time_of(thread->tid);
    unsigned at = thread->index % 256;
    if (before[at].tid != thread->tid || now < before[at].time) {
        before[at].tid = thread->tid;
        before[at].time = before[at].lately = 0;
    }
    before[at].lately = before[at].lately / 2 + now - before[at].time;
    before[at].time = now;
    return before[at].lately;
}

/* Puts it among the first ones. */
static unsigned insert(int tids[], uint64_t times[], unsigned count, int tid, uint64_t time) {
    unsigned at = count;
    if (count == TC_WATCHED_THREADS && times[--at] >= time)
        return count;
    for (; at > 0 && times[at - 1] < time; at--) {
        times[at] = times[at - 1];
        tids[at] = tids[at - 1];
    }
    times[at] = time;
    tids[at] = tid;
    return count + (count < TC_WATCHED_THREADS);
}

/* The threads that computed most, of those whose turn it is to be looked at.  0: there are not two
 * threads, or nobody computes. */
static unsigned choose(int tids[TC_WATCHED_THREADS]) {
    uint64_t times[TC_WATCHED_THREADS];
    struct tc_thread *all = __atomic_load_n(&tc_threads, __ATOMIC_ACQUIRE);
    unsigned live = 0, at = 0, count = 0;
    for (const struct tc_thread *thread = all; thread; thread = thread->next)
        live += __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) == TC_THREAD_LIVE;
    if (live < 2)
        return 0;
    unsigned first = live > LOOKED_AT ? turn % live : 0;
    turn = first + LOOKED_AT;
    for (const struct tc_thread *thread = all; thread; thread = thread->next) {
        if (__atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) != TC_THREAD_LIVE ||
            (at++ + live - first) % live >= LOOKED_AT)
            continue;
        uint64_t time = computed(thread);
        if (time >= LITTLE)
            count = insert(tids, times, count, thread->tid, time);
    }
    return count;
}

/* What a session of that length may cost.  The first of a second has the kernel change its own
 * code, and pays for all that follow within a second: it waits until there is something left for
 * those. */
static uint64_t expected(unsigned threads, uint64_t length, uint64_t now) {
    uint64_t fixed =
        (uint64_t)threads * (TC_COST_OPEN + length / TC_COST_SLOWS) + TC_COST_TRAP * TRAPS;
    uint64_t switches = tc_cost_of_switches(now, length);
    fixed = (fixed > average ? fixed : average) + tc_session_hold();
    return now - ended_at > PATCHED_LASTS ? fixed + TC_COST_PATCH + switches + switches / 2
                                          : fixed + switches;
}

/* The longest that the budget allows; 0: none. */
static uint64_t length_for(unsigned threads, uint64_t now) {
    for (uint64_t length = LONGEST; length >= SHORTEST; length /= 2)
        if (tc_cost_allows(expected(threads, length, now)))
            return length;
    return 0;
}

/* Said where there never was a session: one that is ended by a debugger, say, has done its work. */
static void end_all(const char *why) {
    if (held)
        tc_sample_end();
    else
        tc_sample_refused(why);
}

static void begin(uint64_t now) {
    int tids[TC_WATCHED_THREADS];
    struct tc_watch what;
    bool clock;
    if (!tc_cost_allows(expected(2, SHORTEST, now)))
        return;
    tc_cost_switches(now, false);
    unsigned threads = choose(tids);
    uint64_t length = threads ? length_for(threads, now) : 0;
    if (!length)
        return;
    const char *why = tc_watches_obstacle();
    if (why) {
        end_all(why);
        return;
    }
    if (!tc_session_plan(now, &what, &clock))
        return;
    tc_cost_pay_in_advance(now, length);
    spent_before = tc_cost_spent();
    tc_cost_add((now - ended_at > PATCHED_LASTS ? TC_COST_PATCH : 0) + threads * TC_COST_TELL +
                threads * length / TC_COST_SLOWS);
    open_now = tc_watches_open(tids, threads, what, clock ? CLOCK : 0, &why) != 0;
    ends_at = tc_now() + length;
    tc_session_begun(&what, open_now, ends_at);
    held |= open_now;
    sessions += open_now;
    if (why && !held) /* later it may be for now only, as of a debugger that came */
        end_all(why);
}

/* Some of the average is what the session before last cost, and so on. */
static void end(uint64_t now) {
    if (!tc_session_end())
        return;
    open_now = false;
    ended_at = now;
    tc_cost_switches(now, true);
    uint64_t cost = tc_cost_spent() - spent_before;
    average = average ? average - average / 8 + cost / 8 : cost;
}

/* As long as the process will probably take to have computed what is missing; longer and longer
 * where it computes next to nothing, or there is nothing to watch. */
static uint64_t nap(uint64_t now) {
    uint64_t used = tc_cost_used(), grown = used - used_before, passed = now - looked_at;
    bool first = looked_at == 0;
    used_before = used;
    looked_at = now;
    if (first || !passed)
        return last_nap = NAP_FIRST;
    uint64_t missing = tc_cost_missing(expected(2, SHORTEST, now));
    uint64_t speed = grown * 64 / passed; /* 64: one processor's */
    uint64_t time = missing / (speed ? speed : 1) * 64;
    bool in_vain = !missing && !open_now; /* it had room: there are not two threads, say */
    if ((!speed || in_vain) && time < 2 * last_nap)
        time = 2 * last_nap;
    return last_nap = time < NAP_SHORTEST ? NAP_SHORTEST : time > NAP_LONGEST ? NAP_LONGEST : time;
}

uint64_t tc_sample_tick(void) {
    if (!tc_sample_on)
        return UINT64_MAX;
    uint64_t from = tc_cost_of_thread(), now = tc_now(), next;
    tc_cost_look();
    if (open_now && (now >= ends_at || tc_session_is_idle())) {
        end(now);
        last_nap = NAP_SHORTEST;
    }
    if (!open_now && tc_sample_begin_work()) {
        begin(now);
        tc_sample_end_work();
    }
    now = tc_now();
    next = open_now ? (ends_at > now ? ends_at - now : 200000) : nap(now);
    tc_cost_add(tc_cost_of_thread() - from + TC_COST_TICK);
    return next;
}

void tc_sample_tell(void) {
    char line[256];
    struct tc_text text = tc_text_begin(line, sizeof line);
    tc_cost_look();
    tc_text_add_number(&text, sessions);
    tc_text_add(&text, " sessions, which took ");
    tc_text_add_number(&text, tc_cost_spent() / 1000);
    tc_text_add(&text, " us of ");
    tc_text_add_number(&text, tc_cost_used() / 1000);
    if (tc_sample_on)
        tc_say("data races were sampled: ", line, NULL);
}
