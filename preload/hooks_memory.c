/* hooks_memory.c: memory that is freed or unmapped with objects in it.
 *
 * What: FREED for each object that goes away so: a lock that is held then is a mistake, and one
 * that is not is forgotten, so that its address may become anything. Threads: each hook works for
 * the calling thread.
 *
 * free is called more often than any lock, so all that most calls meet is a look at the size and at
 * one or two bits.  Memory of an allocator that the program defines itself never comes here.
 */
#include <sys/mman.h>

#include "preload/hook.h"
#include "preload/object.h"
#include "preload/race/race.h"

#include "preload/enter.h"

/* Blocks of which the filter is asked one by one. */
#define FEW_BLOCKS 64

static inline bool may_hold_objects(uintptr_t low, size_t size) {
    uintptr_t last = (low + size - 1) >> TC_BLOCK_SHIFT;
    uintptr_t block = low >> TC_BLOCK_SHIFT;
    if (last - block >= FEW_BLOCKS)
        return true;
    for (; block <= last; block++)
        if (tc_block_used(block << TC_BLOCK_SHIFT))
            return true;
    return false;
}

static TC_COLD void goes_away(uintptr_t low, size_t size, struct tc_site site) {
    struct tc_thread *self = tc_object_any(low, low + size) ? tc_enter() : NULL;
    if (!self)
        return;
    tc_memory_freed(self, low, low + size, tc_stack(self, site));
    tc_leave(self);
}

TC_EXPORT void free(void *memory) {
    if (memory && tc_local.active && tc_real_usable_size) {
        size_t size = tc_real_usable_size(memory);
        if (size && may_hold_objects((uintptr_t)memory, size))
            goes_away((uintptr_t)memory, size, TC_SITE());
        if (tc_race_on())
            tc_race_forget((uintptr_t)memory, (uintptr_t)memory + size);
    }
    void (*real)(void *) = tc_real.free;
    if (__builtin_expect(!real, 0) && !(real = tc_real_free()))
        return;
    real(memory);
}

TC_EXPORT int munmap(void *memory, size_t size) {
    if (size && tc_local.active)
        goes_away((uintptr_t)memory, size, TC_SITE());
    if (tc_race_on())
        tc_race_forget((uintptr_t)memory, (uintptr_t)memory + size);
    return TC_REAL(munmap)(memory, size);
}
