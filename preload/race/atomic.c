/* atomic.c: atomic operations: what orders, and what is remembered of them.
 *
 * The release half comes before the operation and the acquire half after it, so that whoever sees
 * the new value also finds what was known with it.
 * Threads: any.
 */
#include "preload/race/cell.h"
#include "preload/race/core.h"

#include "preload/poison.h"

static struct tc_race_thread *enter(void) {
    struct tc_race_thread *thread = tc_race_local.thread;
    if (!thread || thread->busy)
        return NULL;
    thread->busy = true;
    __asm__ volatile("" ::: "memory");
    return thread;
}

static void leave(struct tc_race_thread *thread) {
    __asm__ volatile("" ::: "memory");
    thread->busy = false;
}

/* A mov has stored here before the word was known for an atomic one: it may have been the release
 * that an atomic operation, or a load, of another thread now sees.  What its thread has done since
 * at the same clock is taken for released, too. */
static void publish_move(struct tc_race_thread *thread, uintptr_t address, uint64_t cell) {
    const struct tc_race_thread *owner = tc_race_slot_owner(TC_CELL_SLOT(cell));
    tc_race_guessed = true;
    tc_sync_tell(thread, TC_SYNC_ADDRESS | address, TC_CELL_SLOT(cell), TC_CELL_CLOCK(cell),
                 owner ? owner->known : NULL);
}

void tc_race_forget_moves(struct tc_race_thread *thread, uintptr_t address) {
    struct tc_granule *granule = tc_granule(address);
    for (unsigned i = 0; i < TC_RACE_CELLS; i++) {
        uint64_t cell = tc_race_cell(granule, i);
        const struct tc_race_context *context =
            cell ? tc_cell_context(cell, tc_notes(granule)->context[i]) : NULL;
        if (!context || !(context->what >> 8 & TC_ACCESS_PLAIN_MOVE))
            continue;
        if (TC_CELL_WRITTEN(cell))
            publish_move(thread, address, cell);
        tc_race_clear(granule, i);
    }
}

void tc_race_become_atomic(struct tc_race_thread *thread, uintptr_t address) {
    struct tc_granule *granule = tc_granule(address);
    if (tc_notes(granule)->tag & TC_TAG_ATOMIC)
        return;
    __atomic_fetch_or(&tc_notes(granule)->tag, TC_TAG_ATOMIC, __ATOMIC_SEQ_CST);
    tc_race_forget_moves(thread, address);
}

void tc_race_publish(struct tc_race_thread *thread, uintptr_t address) {
    tc_race_become_atomic(thread, address & ~(uintptr_t)7);
    tc_sync_release(thread, TC_SYNC_ADDRESS | (address & ~(uintptr_t)7), false, false);
}

void tc_race_atomic_publish(uintptr_t address) {
    struct tc_race_thread *thread = enter();
    if (!thread)
        return;
    tc_race_publish(thread, address);
    leave(thread);
}

void tc_race_atomic_release(uintptr_t address) {
    struct tc_race_thread *thread = enter();
    if (!thread)
        return;
    tc_sync_release(thread, TC_SYNC_ADDRESS | (address & ~(uintptr_t)7), false, false);
    leave(thread);
}

void tc_race_atomic_acquire(uintptr_t address) {
    struct tc_race_thread *thread = enter();
    if (!thread)
        return;
    tc_sync_acquire(thread, TC_SYNC_ADDRESS | (address & ~(uintptr_t)7), false);
    leave(thread);
}

void tc_race_atomic_before(uintptr_t address, size_t size, uint32_t access, struct tc_site site) {
    tc_race_access(address, size, access | TC_ACCESS_ATOMIC, site);
    if (access & TC_ACCESS_WRITE)
        tc_race_atomic_release(address);
}

void tc_race_atomic_after(uintptr_t address, size_t size, uint32_t access, struct tc_site site) {
    (void)size;
    (void)site;
    if (!(access & TC_ACCESS_WRITE) || access & TC_ACCESS_MODIFY)
        tc_race_atomic_acquire(address);
}
