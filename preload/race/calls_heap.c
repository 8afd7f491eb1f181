/* calls_heap.c: the heap, where accesses are watched: blocks with the stacks that allocated them,
 * and memory that is given back.
 *
 * To free a block is to write all of it: who has accessed it must have been ordered before.  That
 * is told for the program's own calls only, as a library may count references in its own way.
 * Threads: each works for the calling thread.
 */
#include <errno.h>
#include <sys/mman.h>

#include "preload/process.h"
#include "preload/race/calls.h"
#include "preload/real.h"

#include "preload/enter.h"

/* Bytes of a block that is freed that are looked at. */
#define LOOKED_AT (64u << 10)

static void *allocated(void *memory, size_t size, struct tc_site site) {
    struct tc_thread *self = memory && tc_race_local.thread ? tc_enter() : NULL;
    if (!self)
        return memory;
    tc_race_block(self, (uintptr_t)memory, size, tc_stack_here(self, site));
    tc_leave(self);
    return memory;
}

static void dropped(void *memory, size_t size, struct tc_site site) {
    tc_race_range(memory, size < LOOKED_AT ? size : LOOKED_AT, TC_ACCESS_LIBC | TC_ACCESS_WRITE,
                  site);
}

static size_t size_of(void *memory) {
    return memory && tc_race_local.thread && tc_real_usable_size ? tc_real_usable_size(memory) : 0;
}

void *tc_on_malloc(size_t size) {
    return allocated(tc_calls.malloc(size), size, TC_SITE());
}

void *tc_on_calloc(size_t count, size_t size) {
    return allocated(tc_calls.calloc(count, size), count * size, TC_SITE());
}

/* The old memory may be another thread's when the call returns. */
static void moving(void *memory, struct tc_site site) {
    size_t size = size_of(memory);
    if (!size)
        return;
    dropped(memory, size, site);
    tc_race_forget((uintptr_t)memory, (uintptr_t)memory + size);
}

void *tc_on_realloc(void *memory, size_t size) {
    moving(memory, TC_SITE());
    return allocated(tc_calls.realloc(memory, size), size, TC_SITE());
}

void *tc_on_reallocarray(void *memory, size_t count, size_t size) {
    moving(memory, TC_SITE());
    return allocated(tc_calls.reallocarray(memory, count, size), count * size, TC_SITE());
}

void *tc_on_memalign(size_t align, size_t size) {
    return allocated(tc_calls.memalign(align, size), size, TC_SITE());
}

void *tc_on_aligned_alloc(size_t align, size_t size) {
    return allocated(tc_calls.aligned_alloc(align, size), size, TC_SITE());
}

int tc_on_posix_memalign(void **memory, size_t align, size_t size) {
    int result = tc_calls.posix_memalign(memory, align, size);
    if (result == 0)
        allocated(*memory, size, TC_SITE());
    return result;
}

void tc_on_free(void *memory) {
    size_t size = size_of(memory);
    if (size)
        dropped(memory, size, TC_SITE());
    tc_calls.free(memory);
}

void tc_on__ZdlPv(void *memory) {
    size_t size = size_of(memory);
    if (size)
        dropped(memory, size, TC_SITE());
    tc_calls._ZdlPv(memory);
}

void tc_on__ZdaPv(void *memory) {
    size_t size = size_of(memory);
    if (size)
        dropped(memory, size, TC_SITE());
    tc_calls._ZdaPv(memory);
}

void tc_on__ZdlPvm(void *memory, size_t size) {
    if (memory)
        dropped(memory, size, TC_SITE());
    tc_calls._ZdlPvm(memory, size);
}

void tc_on__ZdaPvm(void *memory, size_t size) {
    if (memory)
        dropped(memory, size, TC_SITE());
    tc_calls._ZdaPvm(memory, size);
}

/* What lay there before is over. */
static void *mapped(void *memory, size_t size) {
    if (memory != MAP_FAILED && tc_race_local.thread)
        tc_race_forget((uintptr_t)memory, (uintptr_t)memory + size);
    return memory;
}

void *tc_on_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
    return mapped(tc_calls.mmap(address, size, protection, flags, fd, offset), size);
}

void *tc_on_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
    return mapped(tc_calls.mmap64(address, size, protection, flags, fd, offset), size);
}
