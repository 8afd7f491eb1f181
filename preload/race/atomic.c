/* atomic.c: atomic operations: what orders, and what is remembered of them.
 *
 * The release half comes before the operation and the acquire half after it, so that whoever sees
 * the new value also finds what was known with it.
 * Threads: any.
 */
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

void tc_race_publish(struct tc_race_thread *thread, uintptr_t address) {
    tc_race_become_atomic(tc_granule(address));
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
