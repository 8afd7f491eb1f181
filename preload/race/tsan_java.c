/* tsan_java.c: what a Java machine tells ThreadSanitizer, by its tsan_interface_java.h.
 *
 * What: its heap, which it moves about, and its locks, of which only the edges count: they move
 * with what they belong to.  How often a thread has one is counted, as the machine asks for it.
 * Threads: any; the counts are shared, under a lock of the race core's.
 */
#include "preload/race/core.h"
#include "preload/race/tsan.h"

#include "preload/poison.h"

#define LEVELS_MAX                                                                                 \
    1024u /* locks held at once, of all threads; of more it is taken that they are held once */

static struct level {
    const void *thread;
    uintptr_t address;
    int count;
} levels[LEVELS_MAX];
static uint32_t level_count, levels_lock;

static const void *me(void) {
    return &tc_race_local;
}

/* Under the lock: that of the calling thread, or a new one; NULL: no room. */
static struct level *level_of(uintptr_t address, bool add) {
    for (uint32_t i = 0; i < level_count; i++)
        if (levels[i].address == address && levels[i].thread == me())
            return &levels[i];
    if (!add || level_count == LEVELS_MAX)
        return NULL;
    levels[level_count] = (struct level){me(), address, 0};
    return &levels[level_count++];
}

static void taken(uintptr_t address, int times) {
    if (times <= 0 || !tc_race_lock(&levels_lock))
        return;
    struct level *level = level_of(address, true);
    if (level)
        level->count += times;
    tc_race_unlock(&levels_lock);
}

/* Of `most` levels at most; how many it were. */
static int given(uintptr_t address, int most) {
    int times = 1;
    if (!tc_race_lock(&levels_lock))
        return times;
    struct level *level = level_of(address, false);
    if (level) {
        times = level->count < most ? level->count : most;
        level->count -= times;
        if (!level->count)
            *level = levels[--level_count];
    }
    tc_race_unlock(&levels_lock);
    return times;
}

static void moved(uintptr_t from, uintptr_t to, uintptr_t size) {
    if (!tc_race_lock(&levels_lock))
        return;
    for (uint32_t i = 0; i < level_count; i++)
        if (levels[i].address - from < size)
            levels[i].address += to - from;
    tc_race_unlock(&levels_lock);
}

TSAN(void, __tsan_java_init, unsigned long heap, unsigned long size) {
    (void)heap;
    (void)size;
}
TSAN(int, __tsan_java_fini, void) {
    return 0;
}
TSAN(void, __tsan_java_alloc, unsigned long address, unsigned long size) {
    tc_race_forget(address, address + size);
}
TSAN(void, __tsan_java_free, unsigned long address, unsigned long size) {
    tc_race_forget(address, address + size);
}
TSAN(void, __tsan_java_move, unsigned long from, unsigned long to, unsigned long size) {
    tc_race_forget(from, from + size);
    tc_race_forget(to, to + size);
    moved(from, to, size);
}
/* Which blocks there are is not remembered: none is found. */
TSAN(unsigned long, __tsan_java_find, unsigned long *from, unsigned long to) {
    (void)from;
    (void)to;
    return 0;
}
/* What it is about to finalise nobody can be using any more. */
TSAN(void, __tsan_java_finalize, void) {
    struct tc_race_thread *thread = tc_race_local.thread;
    if (thread && !thread->busy)
        tc_race_know_all(thread);
}
TSAN(void, __tsan_java_mutex_lock, unsigned long address) {
    tc_race_atomic_acquire(address);
    taken(address, 1);
}
TSAN(void, __tsan_java_mutex_unlock, unsigned long address) {
    given(address, 1);
    tc_race_atomic_release(address);
}
TSAN(void, __tsan_java_mutex_read_lock, unsigned long address) {
    tc_race_atomic_acquire(address);
}
TSAN(void, __tsan_java_mutex_read_unlock, unsigned long address) {
    tc_race_atomic_release(address);
}
TSAN(void, __tsan_java_mutex_lock_rec, unsigned long address, int times) {
    tc_race_atomic_acquire(address);
    taken(address, times);
}
/* What is given back is all that the thread has: as much is taken again later. */
TSAN(int, __tsan_java_mutex_unlock_rec, unsigned long address) {
    tc_race_atomic_release(address);
    return given(address, INT32_MAX);
}
TSAN(int, __tsan_java_acquire, unsigned long address) {
    tc_race_atomic_acquire(address);
    return 0;
}
TSAN(int, __tsan_java_release, unsigned long address) {
    tc_race_atomic_release(address);
    return 0;
}
TSAN(int, __tsan_java_release_store, unsigned long address) {
    tc_race_atomic_release(address);
    return 0;
}
