/* hooks_memory.c: memory that is allocated, and that is freed or unmapped with objects in it.
 *
 * What: FREED for each object that goes away so: a lock that is held then is a mistake, and one
 *       that is not is forgotten, so that its address may become anything.  Each thread remembers
 *       the blocks that it allocated last: an object that needs no initialiser (std::mutex) and
 *       turns up in one of them is its own so far.
 * Threads: each hook works for the calling thread.
 *
 * free is called more often than any lock, so all that most calls meet is a look at the size and at
 * one or two bits.  Memory of an allocator that the program defines itself never comes here.
 */
#include <sys/mman.h>

#include "preload/hook.h"
#include "preload/object.h"
#include "preload/race/race.h"
#include "preload/race/sample.h"

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

static inline void *allocated(void *memory, size_t size) {
    if (tc_race_on())
        tc_race_allocated(memory, size);
    if (tc_active())
        tc_fresh.blocks[tc_fresh.next++ % TC_FRESH_BLOCKS] =
            (struct tc_fresh_block){(uintptr_t)memory, size};
    return memory;
}

static void *out_of_memory(void) {
    errno = ENOMEM;
    return NULL;
}

TC_EXPORT void *malloc(size_t size) {
    void *(*real)(size_t) = tc_real.malloc;
    if (__builtin_expect(!real, 0) && !(real = tc_real_malloc()))
        return out_of_memory();
    return allocated(real(size), size);
}

TC_EXPORT void *calloc(size_t count, size_t size) {
    void *(*real)(size_t, size_t) = tc_real.calloc;
    if (__builtin_expect(!real, 0) && !(real = tc_real_calloc()))
        return out_of_memory();
    return allocated(real(count, size), count * size);
}

/* Where races are looked for, libc's own calls count, too: what it hands out may have been freed
 * before. */
TC_EXPORT void *realloc(void *memory, size_t size) {
    void *(*real)(void *, size_t) = tc_real.realloc;
    if (__builtin_expect(!real, 0) && !(real = tc_real_realloc()))
        return out_of_memory();
    void *moved = real(memory, size);
    if (tc_race_on())
        tc_race_allocated(moved, size);
    return moved;
}

TC_EXPORT void *aligned_alloc(size_t alignment, size_t size) {
    return allocated(TC_REAL(aligned_alloc)(alignment, size), size);
}

TC_EXPORT int posix_memalign(void **memory, size_t alignment, size_t size) {
    int result = TC_REAL(posix_memalign)(memory, alignment, size);
    if (result == 0)
        allocated(*memory, size);
    return result;
}

TC_EXPORT void free(void *memory) {
    if (memory && tc_active() && tc_real_usable_size) {
        size_t size = tc_real_usable_size(memory);
        if (size && may_hold_objects((uintptr_t)memory, size))
            goes_away((uintptr_t)memory, size, TC_SITE());
        if (tc_race_on())
            tc_race_freed(memory, size);
        else if (__builtin_expect(tc_sample_on, 0))
            tc_sample_forget((uintptr_t)memory, (uintptr_t)memory + size);
    }
    void (*real)(void *) = tc_real.free;
    if (__builtin_expect(!real, 0) && !(real = tc_real_free()))
        return;
    real(memory);
}

TC_EXPORT int munmap(void *memory, size_t size) {
    if (size && tc_active())
        goes_away((uintptr_t)memory, size, TC_SITE());
    if (tc_race_on())
        tc_race_forget((uintptr_t)memory, (uintptr_t)memory + size);
    else if (tc_sample_on)
        tc_sample_forget((uintptr_t)memory, (uintptr_t)memory + size);
    return TC_REAL(munmap)(memory, size);
}
