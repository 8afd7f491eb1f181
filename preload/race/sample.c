/* sample.c: see sample.h.
 *
 * A session goes from IDLE to CLOCK (waiting where a thread computes), to CODE (for the chosen
 * instruction) or to DATA (a window on memory), or, when a suspicion is to be confirmed, from CODE
 * to HELD (one thread waits before its access).  Whoever moves it passes through BUSY, which only
 * one thread can enter. Threads: any; sessions are begun and ended by the hang watch
 * (sample_session.c), all else happens in handlers of SIGTRAP.
 */
#include "preload/race/sample.h"

#include <linux/futex.h>
#include <string.h>

#include "preload/process.h"
#include "preload/race/core.h"
#include "preload/race/sample_cost.h"
#include "preload/race/sample_event.h"
#include "preload/race/sample_pick.h"
#include "preload/race/sample_place.h"
#include "preload/race/sample_session.h"
#include "preload/race/sample_side.h"
#include "preload/real.h"
#include "preload/rewrite/rewrite.h"
#include "preload/thread.h"

#include "preload/poison.h"

#define STALE       2        /* accesses of a thread that tell nothing new: it is left alone */
#define ACCESSES    40       /* of a window */
#define HOLD        1000000u /* ns that a thread is held up at first; later longer */
#define HOLD_LONGER 5000000u
#define HOLD_APART  25000000u /* ns between two holds */
#define HOLD_COUNTS 4         /* a part of it is taken for processor time */
#define TURN        100000u   /* ns that must be left of a session to go on with something else */

static struct {
    uint32_t state;
    uint32_t caught; /* futex: another thread came while this one is held */
    uintptr_t base;  /* what is watched */
    uint32_t size;
    uint64_t until; /* of the session */
    uint32_t accesses;
    uint8_t stale[TC_WATCHED_THREADS];
    struct tc_place *place;      /* of DATA */
    struct tc_suspect *suspect;  /* that CODE and HELD are for */
    struct tc_pick pick;         /* of CODE */
    struct tc_race_side_of held; /* of HELD */
} watch;

bool tc_sample_on;
static bool refused; /* by the kernel or the program: not tried again */
static uint64_t next_hold;
static uint64_t random_state;
static __thread bool inside __attribute__((tls_model("initial-exec")));

/* Where threads were seen, to look there again. */
#define SEEN 64
static uintptr_t seen[SEEN];

static uint64_t random_next(void) {
    uint64_t x = __atomic_add_fetch(&random_state, 0x9e3779b97f4a7c15ull, __ATOMIC_RELAXED);
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}

static bool move(uint32_t from, uint32_t to) {
    return __atomic_compare_exchange_n(&watch.state, &from, to, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

static void put(uint32_t state) {
    __atomic_store_n(&watch.state, state, __ATOMIC_RELEASE);
}

static uint32_t state_now(void) {
    return __atomic_load_n(&watch.state, __ATOMIC_ACQUIRE);
}

static void note_seen(uintptr_t pc) {
    __atomic_store_n(&seen[random_next() % SEEN], pc, __ATOMIC_RELAXED);
}

static struct tc_watch target(enum tc_watch_kind kind) {
    return (struct tc_watch){kind, watch.base, kind == TC_WATCH_CODE ? 8 : watch.size};
}

static void aim(const struct tc_pick *pick, struct tc_suspect *suspect) {
    watch.pick = *pick;
    watch.suspect = suspect;
    watch.base = pick->start;
}

static uint64_t hold_for(const struct tc_suspect *suspect) {
    return suspect->tries > TC_SUSPECT_TRIES * 2 / 3 ? HOLD_LONGER : HOLD;
}

uint64_t tc_session_hold(void) {
    const struct tc_suspect *suspect = tc_suspect_next();
    return suspect ? hold_for(suspect) / HOLD_COUNTS : 0;
}

static bool aim_at_suspect(uint64_t now) {
    struct tc_pick pick;
    struct tc_suspect *suspect = now < next_hold ? NULL : tc_suspect_next();
    if (!suspect || !tc_cost_allows(hold_for(suspect) / HOLD_COUNTS) ||
        !tc_pick_before(suspect->ends[suspect->tries & 1], &pick))
        return false;
    next_hold = now + HOLD_APART;
    __atomic_fetch_add(&suspect->tries, 1, __ATOMIC_RELAXED);
    aim(&pick, suspect);
    return true;
}

static void aim_at_place(struct tc_place *place) {
    watch.place = place;
    watch.base = place->base;
    watch.size = place->size;
    watch.accesses = 0;
    watch.suspect = NULL;
    memset(watch.stale, 0, sizeof watch.stale);
}

/* The place of an operand; NULL: it is not worth a window. */
static struct tc_place *place_at(uintptr_t address, uint32_t size) {
    size = size >= 8 ? 8 : size >= 4 ? 4 : size >= 2 ? 2 : 1;
    uintptr_t base = address & ~(uintptr_t)(size - 1);
    return tc_pick_is_constant(address) || tc_place_is_dull(base) ? NULL : tc_place_new(base, size);
}

/* An instruction whose operand is a variable of the program needs no thread to come there. */
static bool aim_at_instruction(const struct tc_pick *pick) {
    uintptr_t address;
    const struct tc_insn *insn = &pick->insn;
    if (insn->displacement_at && insn->base < 0 && insn->index < 0 &&
        tc_pick_address(pick, NULL, false, &address)) {
        struct tc_place *place = place_at(address, insn->size);
        if (place)
            aim_at_place(place);
        return place != NULL;
    }
    aim(pick, NULL);
    watch.place = NULL;
    return true;
}

/* Without a thread at hand: near where one was seen, or anywhere. */
static bool aim_from_afar(uint64_t random) {
    struct tc_pick pick;
    uintptr_t pc = __atomic_load_n(&seen[random % SEEN], __ATOMIC_RELAXED);
    random >>= 8;
    if (pc && random & 7 && tc_pick_is_watched(pc) && tc_pick_of_function(pc, random >> 3, &pick))
        return aim_at_instruction(&pick);
    return tc_pick_random(random >> 3, &pick) && aim_at_instruction(&pick);
}

bool tc_session_plan(uint64_t now, struct tc_watch *what, bool *clock) {
    *clock = false;
    if (!move(TC_SESSION_IDLE, TC_SESSION_BUSY))
        return false;
    watch.suspect = NULL;
    watch.place = NULL;
    if (aim_at_suspect(now)) {
        *what = target(TC_WATCH_CODE);
        return true;
    }
    uint64_t random = random_next();
    struct tc_place *place = random % 3 == 0 ? tc_place_again(random >> 8) : NULL;
    if (place) {
        aim_at_place(place);
        *what = target(TC_WATCH_ACCESSES);
    } else if (random >> 4 & 1 && aim_from_afar(random >> 5)) {
        *what = target(watch.place ? TC_WATCH_ACCESSES : TC_WATCH_CODE);
    } else {
        *what = (struct tc_watch){TC_WATCH_NOTHING, 0, 0};
        *clock = true;
    }
    return true;
}

void tc_session_begun(const struct tc_watch *what, bool any, uint64_t until) {
    watch.until = until;
    put(!any                             ? TC_SESSION_IDLE
        : what->kind == TC_WATCH_NOTHING ? TC_SESSION_CLOCK
        : what->kind == TC_WATCH_CODE    ? TC_SESSION_CODE
                                         : TC_SESSION_DATA);
}

bool tc_session_end(void) {
    uint32_t state = state_now();
    if (state == TC_SESSION_BUSY || state == TC_SESSION_HELD || !move(state, TC_SESSION_BUSY))
        return false;
    tc_watches_shut();
    if (state == TC_SESSION_DATA)
        tc_place_over(watch.place);
    put(TC_SESSION_IDLE);
    return true;
}

bool tc_session_is_idle(void) {
    return state_now() == TC_SESSION_IDLE;
}

/* BUSY -> DATA, CODE or IDLE, by a handler: the watches are open. */
static void set(uint32_t state, struct tc_watch what) {
    tc_cost_add(TC_WATCHED_THREADS / 4 * TC_COST_TELL);
    put(state);
    if (!tc_watches_set(what))
        move(state, TC_SESSION_IDLE);
}

static void set_chosen(void) {
    if (watch.place)
        set(TC_SESSION_DATA, target(TC_WATCH_ACCESSES));
    else
        set(TC_SESSION_CODE, target(TC_WATCH_CODE));
}

static void rest(void) {
    tc_watches_set((struct tc_watch){TC_WATCH_NOTHING, 0, 0});
    put(TC_SESSION_IDLE);
}

static void open_window(struct tc_place *place) {
    aim_at_place(place);
    set(TC_SESSION_DATA, target(TC_WATCH_ACCESSES));
}

/* BUSY -> anything: what came of the session so far is over. */
static void go_on(uint64_t now) {
    if (now + TURN > watch.until || !tc_cost_allows(TURN)) {
        rest();
        return;
    }
    if (aim_at_suspect(now)) {
        set(TC_SESSION_CODE, target(TC_WATCH_CODE));
        return;
    }
    uint64_t random = random_next();
    struct tc_place *place = random & 1 ? tc_place_again(random >> 8) : NULL;
    if (place)
        open_window(place);
    else if (aim_from_afar(random >> 8))
        set_chosen();
    else
        rest();
}

/* BUSY -> HELD -> BUSY: waits just before the access whether another thread comes. */
static void hold(uintptr_t address, const ucontext_t *context, uint64_t now) {
    struct tc_suspect *suspect = watch.suspect;
    struct tc_race_side_of held = tc_sample_side_of(&watch.pick, address, watch.pick.insn.size);
    held.stack = tc_sample_stack_of(tc_sample_site_of(context, watch.pick.end));
    watch.held = held;
    __atomic_store_n(&watch.caught, 0, __ATOMIC_RELAXED);
    put(TC_SESSION_HELD);
    struct tc_watch what =
        target(held.access & TC_ACCESS_WRITE ? TC_WATCH_ACCESSES : TC_WATCH_WRITES);
    struct timespec limit = {0, (long)hold_for(suspect)};
    if (tc_watches_set(what))
        TC_SYSCALL_4(SYS_futex, &watch.caught, FUTEX_WAIT_PRIVATE, 0, &limit);
    put(TC_SESSION_BUSY);
    uint64_t held_for = tc_now() - now, wanted = (uint64_t)limit.tv_nsec;
    /* More than wanted where no processor is free.  The others compute meanwhile. */
    tc_cost_add((held_for < wanted ? held_for : wanted) / HOLD_COUNTS);
    if (__atomic_load_n(&watch.caught, __ATOMIC_ACQUIRE))
        __atomic_store_n(&suspect->tries, TC_SUSPECT_TRIES, __ATOMIC_RELAXED);
}

/* The thread's own frames, and constants, are not shared. */
static bool is_private(uintptr_t address, const ucontext_t *context) {
    const struct tc_thread *self = tc_local.thread;
    uintptr_t sp = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
    return tc_pick_is_constant(address) ||
           (address >= sp - 256 && address < self->stack_high && sp >= self->stack_low);
}

/* CODE: the instruction is about to be executed. */
static void on_code(ucontext_t *context, uint64_t now) {
    uintptr_t address;
    if ((uintptr_t)context->uc_mcontext.gregs[REG_RIP] != watch.pick.start ||
        !move(TC_SESSION_CODE, TC_SESSION_BUSY))
        return;
    uint32_t size = watch.pick.insn.size;
    struct tc_place *place = NULL;
    if (tc_local.thread && tc_pick_address(&watch.pick, context, false, &address) &&
        !is_private(address, context)) {
        size = size >= 8 ? 8 : size >= 4 ? 4 : size >= 2 ? 2 : 1;
        watch.base = address & ~(uintptr_t)(size - 1);
        watch.size = size;
        if (watch.suspect)
            hold(address, context, now);
        else
            place = place_at(address, size);
    }
    if (place)
        open_window(place);
    else
        go_on(tc_now());
}

/* CLOCK: this is where the thread computes.  What it is about to access is known now. */
static void on_clock(ucontext_t *context, uint64_t now) {
    uintptr_t pc = (uintptr_t)context->uc_mcontext.gregs[REG_RIP], address;
    struct tc_pick pick;
    tc_watch_drop(TC_WATCH_CLOCK);
    tc_pick_learn(pc);
    bool watched = tc_pick_is_watched(pc);
    if (watched)
        note_seen(pc);
    if (!move(TC_SESSION_CLOCK, TC_SESSION_BUSY))
        return;
    uint64_t random = random_next();
    struct tc_place *place = NULL;
    if (tc_local.thread && watched && random & 1 &&
        tc_pick_near(pc, random >> 1 & 7, context, &pick, &address) &&
        !is_private(address, context))
        place = place_at(address, pick.insn.size);
    if (place)
        open_window(place);
    else if (watched && tc_pick_of_function(pc, random >> 4, &pick) && aim_at_instruction(&pick))
        set_chosen();
    else
        go_on(now);
}

/* What was accessed, as far as it is watched; false: not known. */
static bool accessed(const struct tc_pick *pick, const ucontext_t *context, uintptr_t *address,
                     uint32_t *size) {
    *size = pick->insn.size;
    if (tc_pick_address(pick, context, true, address))
        return *address - watch.base < watch.size || watch.base - *address < *size;
    *address = watch.base;
    bool whole = *size >= watch.size;
    *size = watch.size;
    return whole;
}

/* HELD: another thread accesses what the held one is about to. */
static void on_held(const struct tc_race_side_of *now, const ucontext_t *context) {
    struct tc_race_side_of held = watch.held;
    uint32_t not_yet = 0;
    if (now->thread == held.thread || !tc_place_conflict(now, &held) ||
        state_now() != TC_SESSION_HELD ||
        !__atomic_compare_exchange_n(&watch.caught, &not_yet, 1, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return;
    tc_race_tell(*now, held, tc_sample_site_of(context, now->pc));
    TC_SYSCALL_3(SYS_futex, &watch.caught, FUTEX_WAKE_PRIVATE, 1);
}

/* DATA: somebody has accessed it.  A thread that only does what is known is left alone, which costs
 * nothing any more, while the others are waited for. */
static void on_data(unsigned which, const struct tc_race_side_of *access, uint64_t now) {
    uint32_t count = __atomic_add_fetch(&watch.accesses, 1, __ATOMIC_RELAXED);
    enum tc_place_seen seen_now = access ? tc_place_access(watch.place, access) : TC_PLACE_SUSPECT;
    bool over = seen_now == TC_PLACE_SUSPECT || count >= ACCESSES || now > watch.until;
    if (over && move(TC_SESSION_DATA, TC_SESSION_BUSY)) {
        if (!access)
            tc_place_over(watch.place);
        go_on(now);
    } else if (seen_now == TC_PLACE_KNOWN && ++watch.stale[which] >= STALE) {
        tc_watch_drop(which);
    }
}

/* A trap of a watch; those that come late, for what it was set to before, are dropped. */
static void on_watch(unsigned which, uintptr_t address, ucontext_t *context, uint64_t now) {
    uint32_t state = state_now();
    if (address != watch.base)
        return;
    if (state == TC_SESSION_CODE) {
        on_code(context, now);
        return;
    }
    uintptr_t pc = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
    struct tc_pick pick;
    uint32_t size;
    if ((state != TC_SESSION_DATA && state != TC_SESSION_HELD) || !tc_local.thread)
        return;
    if (!tc_pick_is_watched(pc - 1) || !tc_pick_before(pc, &pick)) {
        if (state == TC_SESSION_DATA && ++watch.stale[which] >= STALE)
            tc_watch_drop(which); /* memcpy and the like: it would trap at each step */
        return;
    }
    bool atomic = pick.insn.locked;
    if (!atomic && !accessed(&pick, context, &address, &size))
        return;
    struct tc_race_side_of access = tc_sample_side_of(&pick, address, atomic ? 0 : size);
    if (state == TC_SESSION_DATA)
        on_data(which, atomic ? NULL : &access, now);
    else if (!atomic)
        on_held(&access, context);
}

void tc_sample_learn(const uint64_t *frames, unsigned count) {
    if (!tc_sample_begin_work())
        return;
    for (unsigned i = 0; i < count; i++) {
        uintptr_t pc = (uintptr_t)(frames[i] & ~TC_FRAME_EXACT);
        if ((frames[i] & (TC_FRAME_EXACT | TC_FRAME_PYTHON)) != TC_FRAME_EXACT)
            continue;
        tc_pick_learn(pc - 1);
        if (tc_pick_is_watched(pc))
            note_seen(pc);
    }
    tc_sample_end_work();
}

static void trap(unsigned which, uintptr_t address, ucontext_t *context) {
    if (inside || !tc_sample_begin_work())
        return;
    inside = true;
    uint64_t from = tc_cost_of_thread(), now = tc_now();
    if (which == TC_WATCH_CLOCK)
        on_clock(context, now);
    else if (which < TC_WATCHED_THREADS)
        on_watch(which, address, context, now);
    tc_cost_add(tc_cost_of_thread() - from + TC_COST_TRAP);
    inside = false;
    tc_sample_end_work();
}

void tc_sample_forget_places(uintptr_t low, uintptr_t high) {
    if (tc_place_forget(low, high) && state_now() == TC_SESSION_DATA && watch.base >= low &&
        watch.base < high && move(TC_SESSION_DATA, TC_SESSION_BUSY))
        rest();
}

void tc_sample_begin(const struct tc_rewriter *decoder) {
    tc_pick_begin(decoder->decode);
    tc_cost_begin();
    tc_cost_add(TC_COST_LOAD);
}

void tc_sample_refused(const char *why) {
    if (!tc_sample_on)
        return;
    tc_sample_end();
    tc_say("data races are not sampled: ", why, NULL);
}

void tc_sample_start(void) {
    if (tc_sample_on) {
        tc_watch_wanted(); /* it may have gone with the last other thread */
        return;
    }
    if (refused)
        return;
    uint64_t from = tc_cost_of_thread();
    const char *why = "no function of the program is known by its unwind tables";
    memset(&watch, 0, sizeof watch);
    random_state = tc_now() ^ (uint64_t)tc_getpid() << 32;
    next_hold = 0;
    tc_session_start();
    tc_sample_on = true; /* who blocks SIGTRAP is looked after from here on */
    if (!tc_pick_find_modules() || !tc_watches_take(trap, &why)) {
        tc_sample_refused(why);
        return;
    }
    tc_seccomp_watch();
    tc_watch_wanted();
    tc_cost_add(tc_cost_of_thread() - from);
}

void tc_sample_end(void) {
    if (!tc_sample_on || !tc_process_is_ours()) /* a child of vfork has our memory */
        return;
    tc_sample_on = false;
    refused = true;
    tc_watches_close();
}

void tc_sample_forked(void) {
    tc_sample_on = inside = false;
    tc_sample_unload_forked();
    tc_cost_begin();
    tc_places_forked();
    tc_watches_forked();
}
