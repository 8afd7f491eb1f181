/* sample.c: see sample.h.
 *
 * A watch goes from FREE to CODE (waiting for the chosen instruction) to DATA
 * (its window), or, when a suspicion is to be confirmed, from CODE to HELD (one
 * thread waits before its access). Whoever moves it passes through BUSY, which
 * only one thread can enter.  No window is opened while all this is above the
 * share it may have (sample_cost.c); re-targeting takes longer the more threads
 * there are, so that windows become rarer then by themselves.
 * Threads: any; everything after start happens in handlers of SIGTRAP or in the
 * hang watch.
 */
#include "preload/race/sample.h"

#include <linux/futex.h>
#include <string.h>

#include "preload/hang_watch.h"
#include "preload/process.h"
#include "preload/race/core.h"
#include "preload/race/sample_cost.h"
#include "preload/race/sample_event.h"
#include "preload/race/sample_pick.h"
#include "preload/race/sample_place.h"
#include "preload/rewrite/rewrite.h"
#include "preload/thread.h"

#include "preload/poison.h"

enum state { FREE, BUSY, CODE, DATA, HELD, GIVEN_UP };

#define CODE_WAIT    20000000u /* ns for which an instruction is waited for */
#define WINDOW       20000000u /* ns */
#define ACCESSES     16        /* of a window */
#define ALONE        6         /* the same while one thread is alone */
#define HOLD         1000000u  /* ns that a thread is held up at first; later longer */
#define HOLD_LONGER  5000000u
#define HOLD_APART   25000000u /* ns between two holds */
#define TRACED_EVERY 20        /* ticks between two looks for a debugger */
#define LONGEST_WORK 200       /* ms; a hold is at most 5 */
#define TRAP_COST    15000u    /* ns of a trap beside what the handler takes */
#define FORGETTING   0x80000000u

struct watch {
    uint32_t state;
    uint32_t caught; /* futex: another thread came while this one is held */
    uintptr_t base;  /* what is watched */
    uint32_t size;
    uint64_t until; /* of CODE and DATA */
    uint32_t accesses;
    struct tc_place *place;      /* of DATA */
    struct tc_suspect *suspect;  /* that CODE and HELD are for */
    struct tc_pick pick;         /* of CODE */
    struct tc_race_side_of held; /* of HELD */
};

bool tc_sample_on;
static bool refused; /* by the kernel or the program: not tried again */
static struct watch watches[TC_WATCHES];
static uint64_t next_hold;
static uint64_t random_state;
static uint32_t
    unloading;           /* threads in dlclose: no code is looked at; FORGETTING: by one of them */
static uint32_t at_work; /* threads that look at code */
static __thread bool inside __attribute__((tls_model("initial-exec")));

static uint64_t random_next(void) {
    uint64_t x = __atomic_add_fetch(&random_state, 0x9e3779b97f4a7c15ull, __ATOMIC_RELAXED);
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}

static bool move(struct watch *watch, uint32_t from, uint32_t to) {
    return __atomic_compare_exchange_n(&watch->state, &from, to, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

static void put(struct watch *watch, uint32_t state) {
    __atomic_store_n(&watch->state, state, __ATOMIC_RELEASE);
}

static unsigned number_of(const struct watch *watch) {
    return (unsigned)(watch - watches);
}

/* The first watch is the one that is left where it matters how long it is set. */
static void note_set(const struct watch *watch, bool set) {
    if (watch == watches)
        tc_cost_set(set, tc_now());
}

/* BUSY -> FREE, with nothing set. */
static void rest(struct watch *watch) {
    tc_watch_clear(number_of(watch));
    note_set(watch, false);
    put(watch, FREE);
}

/* BUSY -> CODE. */
static void aim(struct watch *watch, const struct tc_pick *pick, struct tc_suspect *suspect,
                uint64_t now) {
    watch->pick = *pick;
    watch->suspect = suspect;
    watch->until = now + CODE_WAIT;
    watch->base = pick->start;
    note_set(watch, true);
    put(watch, CODE);
    if (!tc_watch_set(number_of(watch), TC_WATCH_CODE, pick->start, 8))
        put(watch, FREE);
}

static bool aim_at_suspect(struct watch *watch, uint64_t now) {
    uint64_t due = __atomic_load_n(&next_hold, __ATOMIC_RELAXED);
    if (now < due)
        return false;
    struct tc_pick pick;
    struct tc_suspect *suspect = tc_suspect_next();
    if (!suspect || !tc_pick_before(suspect->ends[suspect->tries & 1], &pick) ||
        !__atomic_compare_exchange_n(&next_hold, &due, now + HOLD_APART, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED))
        return false;
    __atomic_fetch_add(&suspect->tries, 1, __ATOMIC_RELAXED);
    aim(watch, &pick, suspect, now);
    return true;
}

/* BUSY -> DATA: a window on what lies there. */
static void open_window(struct watch *watch, struct tc_place *place, uint64_t now) {
    watch->place = place;
    watch->base = place->base;
    watch->size = place->size;
    watch->accesses = 0;
    watch->suspect = NULL;
    watch->until = now + WINDOW;
    put(watch, DATA);
    if (!tc_watch_set(number_of(watch), TC_WATCH_ACCESSES, watch->base, watch->size))
        put(watch, FREE);
}

/* BUSY -> CODE, DATA or FREE.  `pc`: what is executed now, or 0.  Places where
 * a window was are visited again: on a crowded machine the other threads are
 * seldom there within one. */
static void aim_anew(struct watch *watch, uintptr_t pc, uint64_t now) {
    if (!tc_cost_allows(now)) {
        rest(watch);
        return;
    }
    if (aim_at_suspect(watch, now))
        return;
    uint64_t random = random_next();
    struct tc_place *place = random & 1 ? tc_place_again(random >> 8) : NULL;
    if (place) {
        open_window(watch, place, now);
        return;
    }
    struct tc_pick pick;
    bool found = pc && random & 2 && tc_pick_near(pc, &pick);
    if (found || tc_pick_random(random >> 2, &pick))
        aim(watch, &pick, NULL, now);
    else
        rest(watch);
}

/* Where threads switch or start often, one watch does, of a few threads, and the hang watch's
 * thread is the clock. */
static void give_up_watches(void) {
    if (!tc_watch_possible())
        return;
    for (unsigned i = 1; i < TC_WATCHES; i++) {
        uint32_t state = __atomic_load_n(&watches[i].state, __ATOMIC_ACQUIRE);
        if (state == GIVEN_UP)
            continue;
        if (state == BUSY || state == HELD || !move(&watches[i], state, GIVEN_UP))
            return; /* at the next look */
    }
    uint32_t first = __atomic_load_n(&watches[0].state, __ATOMIC_ACQUIRE);
    if (first == BUSY || first == HELD || !move(&watches[0], first, BUSY))
        return;
    tc_watches_by_thread();
    tc_cost_by_thread();
    rest(&watches[0]);
    tc_watch_wanted();
}

/* Looks after watches whose time is over. */
static void tend(uintptr_t pc, uint64_t now) {
    if (tc_cost_look(now))
        give_up_watches();
    bool may = tc_cost_allows(now);
    for (unsigned i = 0; i < TC_WATCHES; i++) {
        struct watch *watch = &watches[i];
        uint32_t state = __atomic_load_n(&watch->state, __ATOMIC_ACQUIRE);
        if ((state == FREE && may) || ((state == CODE || state == DATA) && now > watch->until)) {
            if (!move(watch, state, BUSY))
                continue;
            tc_watch_move_on(i);
            aim_anew(watch, pc, now);
        }
    }
}

static struct tc_site site_of(const ucontext_t *context, uintptr_t end) {
    const greg_t *registers = context->uc_mcontext.gregs;
    return (struct tc_site){.return_address = end,
                            .cfa = (uintptr_t)registers[REG_RSP],
                            .frame_pointer = (uintptr_t)registers[REG_RBP]};
}

/* This thread's side of an access; without the stack, which takes longer. */
static struct tc_race_side_of side_of(const struct tc_pick *pick, uintptr_t address,
                                      uint32_t size) {
    const struct tc_insn *insn = &pick->insn;
    return (struct tc_race_side_of){
        .address = address,
        .size = size,
        .access = (insn->stores ? TC_ACCESS_WRITE : 0u) |
                  (insn->stores && insn->loads ? TC_ACCESS_MODIFY : 0u) |
                  (insn->plain_move ? TC_ACCESS_PLAIN_MOVE : 0u),
        .thread = tc_thread_index(tc_local.thread),
        .held = tc_race_held_set_now(),
        .pc = pick->end,
    };
}

static uint32_t stack_of(struct tc_site site) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return 0;
    uint32_t stack = tc_stack_here(self, site);
    tc_leave(self);
    return stack;
}

/* BUSY -> HELD -> BUSY: waits just before the access whether another thread
 * comes. */
static void hold(struct watch *watch, uintptr_t address, const ucontext_t *context) {
    struct tc_suspect *suspect = watch->suspect;
    struct tc_race_side_of held = side_of(&watch->pick, address, watch->pick.insn.size);
    held.stack = stack_of(site_of(context, watch->pick.end));
    watch->held = held;
    __atomic_store_n(&watch->caught, 0, __ATOMIC_RELAXED);
    put(watch, HELD);
    bool set = tc_watch_set(number_of(watch),
                            held.access & TC_ACCESS_WRITE ? TC_WATCH_ACCESSES : TC_WATCH_WRITES,
                            watch->base, watch->size);
    struct timespec limit = {0, suspect->tries > TC_SUSPECT_TRIES / 3 ? HOLD_LONGER : HOLD};
    if (set)
        TC_SYSCALL_4(SYS_futex, &watch->caught, FUTEX_WAIT_PRIVATE, 0, &limit);
    put(watch, BUSY);
    if (__atomic_load_n(&watch->caught, __ATOMIC_ACQUIRE))
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
static void on_code(struct watch *watch, ucontext_t *context, uint64_t now) {
    uintptr_t address;
    if ((uintptr_t)context->uc_mcontext.gregs[REG_RIP] != watch->pick.start ||
        !move(watch, CODE, BUSY))
        return;
    struct tc_place *place = NULL;
    uint32_t size = watch->pick.insn.size;
    size = size >= 8 ? 8 : size >= 4 ? 4 : size >= 2 ? 2 : 1;
    if (tc_local.thread && tc_pick_address(&watch->pick, context, false, &address) &&
        !is_private(address, context)) {
        watch->base = address & ~(uintptr_t)(size - 1);
        watch->size = size;
        if (watch->suspect)
            hold(watch, address, context);
        else
            place = tc_place_new(watch->base, size);
    }
    if (place)
        open_window(watch, place, now);
    else
        aim_anew(watch, 0, tc_now());
}

/* What was accessed, as far as it is watched; false: not known. */
static bool accessed(const struct watch *watch, const struct tc_pick *pick,
                     const ucontext_t *context, uintptr_t *address, uint32_t *size) {
    *size = pick->insn.size;
    if (tc_pick_address(pick, context, true, address))
        return *address<watch->base + watch->size && * address + *size> watch->base;
    *address = watch->base;
    bool whole = *size >= watch->size;
    *size = watch->size;
    return whole;
}

/* HELD: another thread accesses what the held one is about to. */
static void on_held(struct watch *watch, const struct tc_race_side_of *now,
                    const ucontext_t *context) {
    struct tc_race_side_of held = watch->held;
    uint32_t not_yet = 0;
    if (now->thread == held.thread || !tc_place_conflict(now, &held) ||
        __atomic_load_n(&watch->state, __ATOMIC_ACQUIRE) != HELD ||
        !__atomic_compare_exchange_n(&watch->caught, &not_yet, 1, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return;
    tc_race_tell(*now, held, site_of(context, now->pc));
    TC_SYSCALL_3(SYS_futex, &watch->caught, FUTEX_WAKE_PRIVATE, 1);
}

/* DATA: somebody has accessed it. */
static void on_data(struct watch *watch, const struct tc_race_side_of *access, uint64_t now) {
    uint32_t count = __atomic_add_fetch(&watch->accesses, 1, __ATOMIC_RELAXED);
    enum tc_place_seen seen = access ? tc_place_access(watch->place, access) : TC_PLACE_SUSPECT;
    bool over = seen == TC_PLACE_SUSPECT || count >= (seen == TC_PLACE_ALONE ? ALONE : ACCESSES);
    if ((over || now > watch->until) && move(watch, DATA, BUSY))
        aim_anew(watch, 0, now);
}

/* A trap of a watch; those that come late, for what it was set to before, are
 * dropped. */
static void on_watch(struct watch *watch, uintptr_t address, ucontext_t *context, uint64_t now) {
    uint32_t state = __atomic_load_n(&watch->state, __ATOMIC_ACQUIRE);
    if (address != watch->base)
        return;
    if (state == CODE) {
        on_code(watch, context, now);
        return;
    }
    uintptr_t pc = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
    struct tc_pick pick;
    uint32_t size;
    if ((state != DATA && state != HELD) || !tc_local.thread || !tc_pick_is_watched(pc - 1) ||
        !tc_pick_before(pc, &pick))
        return;
    bool atomic = pick.insn.locked;
    if (!atomic && !accessed(watch, &pick, context, &address, &size))
        return;
    struct tc_race_side_of access = side_of(&pick, address, atomic ? 0 : size);
    if (state == DATA)
        on_data(watch, atomic ? NULL : &access, now);
    else if (!atomic)
        on_held(watch, &access, context);
}

/* ns that the thread has computed: being held, or not scheduled, costs nothing.
 */
static uint64_t thread_time(void) {
    struct timespec time = {0, 0};
    TC_SYSCALL_2(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static bool begin_work(void) {
    __atomic_fetch_add(&at_work, 1, __ATOMIC_SEQ_CST);
    if (tc_sample_on && !__atomic_load_n(&unloading, __ATOMIC_SEQ_CST))
        return true;
    __atomic_fetch_sub(&at_work, 1, __ATOMIC_RELEASE);
    return false;
}

static void end_work(void) {
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

void tc_sample_learn(const uint64_t *frames, unsigned count) {
    if (!begin_work())
        return;
    for (unsigned i = 0; i < count; i++)
        if ((frames[i] & (TC_FRAME_EXACT | TC_FRAME_PYTHON)) == TC_FRAME_EXACT)
            tc_pick_learn((uintptr_t)(frames[i] & ~TC_FRAME_EXACT) - 1);
    end_work();
}

static void trap(unsigned which, uintptr_t address, ucontext_t *context) {
    if (inside || !begin_work())
        return;
    inside = true;
    uint64_t from = thread_time(), now = tc_now();
    if (which == TC_WATCHES) {
        uintptr_t pc = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
        tc_pick_learn(pc);
        tend(tc_pick_is_watched(pc) ? pc : 0, now);
    } else if (which < TC_WATCHES) {
        on_watch(&watches[which], address, context, now);
    }
    tc_cost_add(thread_time() - from + TRAP_COST);
    inside = false;
    end_work();
}

void tc_sample_tick(void) {
    static uint32_t ticks; /* of the one thread that calls this */
    if (!tc_sample_on)
        return;
    if (++ticks % TRACED_EVERY == 0 && tc_watches_are_traced()) {
        tc_sample_end();
        return;
    }
    uint64_t from = thread_time();
    if (!begin_work())
        return;
    tend(0, tc_now());
    end_work();
    tc_cost_add(thread_time() - from);
}

void tc_sample_forget(uintptr_t low, uintptr_t high) {
    if (!tc_place_forget(low, high))
        return;
    for (unsigned i = 0; i < TC_WATCHES; i++) {
        struct watch *watch = &watches[i];
        if (__atomic_load_n(&watch->state, __ATOMIC_ACQUIRE) == DATA && watch->base >= low &&
            watch->base < high && move(watch, DATA, BUSY))
            rest(watch);
    }
}

void tc_sample_begin(const struct tc_rewriter *decoder) {
    tc_pick_begin(decoder->decode);
}

void tc_sample_start(void) {
    if (tc_sample_on) {
        tc_cost_thread();
        if (tc_watches_are_by_thread())
            tc_watch_wanted(); /* the clock may have gone with the last other thread */
    }
    if (tc_sample_on || refused)
        return;
    const char *why = "no function of the program is known by its unwind tables";
    memset(watches, 0, sizeof watches);
    uint64_t now = tc_now();
    random_state = now ^ (uint64_t)tc_getpid() << 32;
    next_hold = 0;
    tc_cost_begin(now);
    tc_sample_on = true; /* the first trap may come at once */
    if (tc_pick_find_modules() && tc_watches_open(trap, &why)) {
        tc_cost_thread();
        return;
    }
    tc_sample_on = false;
    refused = true;
    tc_say("data races are not sampled: ", why, NULL);
}

void tc_sample_end(void) {
    if (!tc_sample_on)
        return;
    tc_sample_on = false;
    refused = true;
    tc_watches_close();
}

void tc_sample_forked(void) {
    tc_sample_on = inside = false;
    at_work = unloading = 0;
    tc_places_forked();
    tc_watches_forked();
}
