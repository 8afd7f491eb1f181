/* clock.c: slots, the clocks of threads, and who had which slot when; see core.h.
 *
 * A clock moves on only where a thread tells something to others after it touched memory.  When it
 * has moved TC_CLOCK_MAX times the thread takes another slot, and the old one rests: it is used
 * again after all of the shadow was forgotten twice, so that no key of its first life is left.
 * Slots of threads that ended are used again oldest first, with the clock going on.
 */
#include "preload/meta.h"
#include "preload/race/core.h"
#include "preload/race/parts.h"

#if TC_REWRITES
#include <asm/prctl.h>
#endif
#include <string.h>

#include "preload/poison.h"

#define OWNERS 64 /* kept of each slot; the oldest are given up */

enum slot_state { FRESH, TAKEN, LEFT, EXHAUSTED, RINSED };

struct slot {
    uint32_t now; /* the clock of its owner, or its last one */
    uint32_t state;
    uint32_t left_at; /* order in which slots were left */
    uint32_t owners;  /* ever */
    struct {
        uint32_t first, thread;
    } owner[OWNERS];
    struct tc_race_contexts *contexts;
    struct tc_race_thread *thread; /* its owner; NULL: none */
    uint32_t washed;               /* by which wash its clock began anew */
};

__thread struct tc_race_local tc_race_local
    __attribute__((tls_model("initial-exec"))) = {.base = TC_SHADOW_BASE};
uint32_t tc_race_slots_used = 1;
uint32_t tc_race_clock_limit = TC_CLOCK_MAX;
bool tc_race_running;
uint32_t tc_race_slots_left;

static struct slot slots[TC_RACE_SLOTS];
static struct tc_lock slots_lock;
static uint8_t too_many; /* threads, and the report says so */
static uint32_t leavings, exhausted;
uint32_t tc_race_washes;
static struct tc_race_thread *free_threads;

bool tc_race_lock(uint32_t *word) {
    for (unsigned turn = 0; turn < 4000; turn++) {
        if (!__atomic_load_n(word, __ATOMIC_RELAXED) &&
            !__atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE))
            return true;
        if (turn < 200)
            tc_pause();
        else
            TC_SYSCALL_0(SYS_sched_yield);
    }
    return false;
}

/* Under the lock: the slot to take next, or 0. */
static uint32_t choose(void) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < TC_RACE_SLOTS; i++) {
        if (slots[i].state == FRESH)
            return i;
        if (slots[i].state == LEFT && slots[i].now < tc_race_clock_limit &&
            (!best || slots[i].left_at - slots[best].left_at > 1u << 31))
            best = i;
    }
    return best;
}

static void local_set(const struct tc_race_thread *thread) {
    tc_race_local.base = TC_SHADOW_BASE + thread->slot % TC_RACE_CELLS * TC_SHADOW_PLANE;
    tc_race_local.key =
        thread->slot ? (uint64_t)thread->slot << 56 | (uint64_t)thread->clock << 32 : 0;
}

void tc_race_bare_thread(void) {
    if (!tc_race_on())
        return;
    tc_race_local = (struct tc_race_local){.base = TC_SHADOW_BASE};
#if TC_REWRITES
    TC_SYSCALL_2(SYS_arch_prctl, ARCH_SET_GS, TC_SHADOW_BASE);
#endif
}

bool tc_race_slot_take(struct tc_race_thread *thread) {
    struct tc_lock_state state = tc_lock_take(&slots_lock);
    uint32_t index = choose();
    struct slot *slot = &slots[index];
    if (index && !slot->contexts)
        slot->contexts = tc_map(sizeof *slot->contexts);
    if (!index || !slot->contexts) {
        thread->asked = tc_race_slots_left;
        tc_lock_give(&slots_lock, state);
        tc_meta_note_once(&too_many,
                          "data races: there were more threads at once than can be watched; "
                          "accesses of further ones were not seen until others had ended");
        return false;
    }
    slot->state = TAKEN;
    slot->now++;
    slot->owner[slot->owners % OWNERS].first = slot->now;
    slot->owner[slot->owners % OWNERS].thread = thread->index;
    __atomic_store_n(&slot->owners, slot->owners + 1, __ATOMIC_RELEASE);
    if (index >= tc_race_slots_used)
        __atomic_store_n(&tc_race_slots_used, index + 1, __ATOMIC_RELEASE);
    tc_lock_give(&slots_lock, state);
    __atomic_store_n(&slot->thread, thread, __ATOMIC_RELEASE);
    thread->slot = index;
    thread->own = index % TC_RACE_CELLS;
    thread->clock = slot->now;
    thread->first = (uint64_t)index << 56 | (uint64_t)thread->clock << 32;
    thread->contexts = slot->contexts;
    thread->known[index] = thread->clock - 1;
    thread->used = false;
    memset(thread->seen, 0, sizeof thread->seen);
    local_set(thread);
    return true;
}

static void slot_leave(struct tc_race_thread *thread, enum slot_state how) {
    struct tc_lock_state state = tc_lock_take(&slots_lock);
    struct slot *slot = &slots[thread->slot];
    slot->state = slot->now >= tc_race_clock_limit ? EXHAUSTED : (uint32_t)how;
    slot->left_at = leavings++;
    __atomic_fetch_add(&tc_race_slots_left, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->thread, NULL, __ATOMIC_RELEASE);
    exhausted += slot->state == EXHAUSTED;
    bool wash = exhausted >= TC_RACE_SLOTS / 4;
    if (wash)
        exhausted = 0;
    tc_lock_give(&slots_lock, state);
    thread->slot = 0;
    thread->first = UINT64_MAX;
    local_set(thread);
    if (wash)
        tc_race_slots_wash();
}

/* What others know of the first life of such a slot must not be taken for its second: objects
 * forget it here, threads before they learn anything new (tc_race_wash), and only then is the slot
 * given out. */
void tc_race_slots_wash(void) {
    uint64_t again[TC_RACE_SLOTS / 64] = {0};
    tc_shadow_forget_all();
    struct tc_lock_state state = tc_lock_take(&slots_lock);
    for (uint32_t i = 1; i < TC_RACE_SLOTS; i++)
        if (slots[i].state == EXHAUSTED)
            slots[i].state = RINSED;
        else if (slots[i].state == RINSED)
            again[i / 64] |= 1ull << i % 64;
    tc_lock_give(&slots_lock, state);
    tc_sync_wash(again);
    state = tc_lock_take(&slots_lock);
    uint32_t wash = tc_race_washes + 1;
    for (uint32_t i = 1; i < TC_RACE_SLOTS; i++)
        if (again[i / 64] >> i % 64 & 1 && slots[i].state == RINSED) {
            slots[i].now = 0;
            slots[i].owners = 0;
            slots[i].washed = wash;
        }
    __atomic_store_n(&tc_race_washes, wash, __ATOMIC_RELEASE);
    for (uint32_t i = 1; i < TC_RACE_SLOTS; i++)
        if (slots[i].washed == wash)
            slots[i].state = LEFT;
    __atomic_fetch_add(&tc_race_slots_left, 1, __ATOMIC_RELAXED);
    tc_lock_give(&slots_lock, state);
}

void tc_race_wash(struct tc_race_thread *thread) {
    uint32_t wash = __atomic_load_n(&tc_race_washes, __ATOMIC_ACQUIRE);
    if (TC_LIKELY(thread->washed == wash))
        return;
    for (uint32_t i = 1; i < TC_RACE_SLOTS; i++)
        if (slots[i].washed > thread->washed && i != thread->slot)
            thread->known[i] = 0;
    thread->washed = wash;
}

TC_INTEGERS_ONLY bool tc_race_tick_quick(struct tc_race_thread *thread) {
    if (!thread->used)
        return true;
    if (TC_UNLIKELY(thread->clock >= tc_race_clock_limit))
        return false;
    thread->used = false;
    thread->known[thread->slot] = thread->clock++;
    __atomic_store_n(&slots[thread->slot].now, thread->clock, __ATOMIC_RELEASE);
    tc_race_local.key = (uint64_t)thread->slot << 56 | (uint64_t)thread->clock << 32;
    return true;
}

void tc_race_tick(struct tc_race_thread *thread) {
    if (TC_LIKELY(tc_race_tick_quick(thread)))
        return;
    thread->used = false;
    thread->known[thread->slot] = thread->clock;
    slot_leave(thread, LEFT);
    tc_race_slot_take(thread);
}

void tc_race_know_all(struct tc_race_thread *thread) {
    uint32_t count = __atomic_load_n(&tc_race_slots_used, __ATOMIC_ACQUIRE);
    for (uint32_t i = 1; i < count; i++) {
        uint32_t now = __atomic_load_n(&slots[i].now, __ATOMIC_ACQUIRE);
        if (i != thread->slot && thread->known[i] < now)
            thread->known[i] = now;
    }
}

uint32_t tc_race_owner(uint32_t slot, uint32_t clock) {
    const struct slot *of = &slots[slot];
    uint32_t owners = __atomic_load_n(&of->owners, __ATOMIC_ACQUIRE), thread = 0;
    uint32_t oldest = owners > OWNERS ? owners - OWNERS : 0;
    for (uint32_t i = owners; i-- > oldest;) {
        thread = of->owner[i % OWNERS].thread;
        if (of->owner[i % OWNERS].first <= clock)
            break;
    }
    return thread;
}

struct tc_race_thread *tc_race_slot_owner(uint32_t slot) {
    return __atomic_load_n(&slots[slot].thread, __ATOMIC_ACQUIRE);
}

TC_INTEGERS_ONLY struct tc_race_contexts *tc_race_contexts_of(uint32_t slot) {
    return slots[slot].contexts;
}

struct tc_race_thread *tc_race_thread_get(void) {
    struct tc_lock_state state = tc_lock_take(&slots_lock);
    struct tc_race_thread *thread = free_threads;
    if (thread)
        free_threads = thread->next;
    tc_lock_give(&slots_lock, state);
    if (thread)
        memset(thread, 0, sizeof *thread);
    else
        thread = tc_map(sizeof *thread);
    if (thread)
        thread->held_unknown = true;
    return thread;
}

void tc_race_thread_give(struct tc_race_thread *thread) {
    if (thread->slot)
        slot_leave(thread, LEFT);
    struct tc_lock_state state = tc_lock_take(&slots_lock);
    thread->next = free_threads;
    free_threads = thread;
    tc_lock_give(&slots_lock, state);
}

void tc_race_clock_forked(void) {
    tc_lock_init(&slots_lock);
    for (uint32_t i = 0; i < TC_RACE_SLOTS; i++) {
        struct tc_race_contexts *contexts = slots[i].contexts;
        memset(&slots[i], 0, sizeof slots[i]);
        if (contexts)
            tc_unmap(contexts, sizeof *contexts);
    }
    free_threads = NULL;
    leavings = exhausted = tc_race_washes = 0;
    too_many = 0;
    tc_race_slots_used = 1;
    tc_race_running = false;
    tc_race_local = (struct tc_race_local){.base = TC_SHADOW_BASE};
}
