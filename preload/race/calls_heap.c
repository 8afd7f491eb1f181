/* calls_heap.c: the heap, where accesses are watched: blocks with the stacks that allocated them,
 * and memory that is given back.
 *
 * To free a block is to write all of it: who has accessed it must have been ordered before.  That
 * is told for the program's own calls only, as a library may count references in its own way.
 * Threads: each works for the calling thread.
 */
#include <dlfcn.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "preload/process.h"
#include "preload/race/calls.h"
#include "preload/real.h"
#include "preload/sys.h"

#include "preload/enter.h"

/* Bytes of a block that is freed that are looked at. */
#define LOOKED_AT (64u << 10)
#define DROPS     (TC_ACCESS_LIBC | TC_ACCESS_WRITE | TC_ACCESS_FREE)
#define UNMAPS    (TC_ACCESS_LIBC | TC_ACCESS_WRITE | TC_ACCESS_UNMAP)

/* The size of a block, by the allocator that it came from; 0: not known. */
static size_t (*usable_size)(void *memory);
static bool replaced; /* the program defines the heap itself: the shim's hooks do not see it */

static bool same_module(void *one, void *other) {
    Dl_info here, there;
    return dladdr(one, &here) && dladdr(other, &there) && here.dli_fbase == there.dli_fbase;
}

void tc_calls_find_heap(void) {
    void *own_free = tc_calls.free;
    replaced = own_free && !same_module(own_free, (void *)tc_calls_find_heap);
    if (!replaced && same_module((void *)tc_real.free, (void *)tc_calls.read) &&
        !tc_race_host_is_interpreter()) /* which asks of any memory whether it is its own */
        tc_race_heap_is_libcs();
    usable_size = tc_real_usable_size;
    if (!replaced)
        return;
    void *found = dlsym(RTLD_DEFAULT, "malloc_usable_size");
    usable_size =
        found && same_module(found, own_free) ? (size_t(*)(void *))found : (size_t(*)(void *))NULL;
}

static size_t size_of(void *memory) {
    return memory && tc_race_local.thread && usable_size ? usable_size(memory) : 0;
}

/* What another thread did with the memory before it was freed is over. */
static void forget(void *memory, size_t size) {
    tc_race_forget((uintptr_t)memory, (uintptr_t)memory + size);
}

static void *allocated(void *memory, size_t size, struct tc_site site) {
    struct tc_thread *self = memory && tc_race_local.thread ? tc_enter() : NULL;
    if (!self)
        return memory;
    if (replaced)
        forget(memory, size);
    tc_race_block(self, (uintptr_t)memory, size, tc_stack_here(self, site));
    tc_leave(self);
    return memory;
}

/* Of an allocator of the program's own it is not known when a block is handed out again. */
static void dropped(void *memory, size_t size, struct tc_site site) {
    if (replaced)
        tc_race_range(memory, size < LOOKED_AT ? size : LOOKED_AT, DROPS, site);
    else
        tc_race_freeing(memory, size, site);
}

void *tc_on_malloc(size_t size) {
    return allocated(tc_calls.malloc(size), size, TC_SITE());
}

void *tc_on_calloc(size_t count, size_t size) {
    return allocated(tc_calls.calloc(count, size), count * size, TC_SITE());
}

/* The old memory may be another thread's when the call returns.  The size that it had. */
static size_t moving(void *memory, struct tc_site site) {
    size_t size = size_of(memory);
    if (!size)
        return 0;
    dropped(memory, size, site);
    tc_race_freed(memory, size);
    return size;
}

/* When the call fails the old block stays. */
static void *moved(void *memory, size_t old_size, void *result, size_t size, struct tc_site site) {
    if (!result && old_size)
        forget(memory, old_size);
    return allocated(result, size, site);
}

void *tc_on_realloc(void *memory, size_t size) {
    size_t old_size = moving(memory, TC_SITE());
    return moved(memory, old_size, tc_calls.realloc(memory, size), size, TC_SITE());
}

void *tc_on_reallocarray(void *memory, size_t count, size_t size) {
    size_t old_size = moving(memory, TC_SITE());
    return moved(memory, old_size, tc_calls.reallocarray(memory, count, size), count * size,
                 TC_SITE());
}

/* What the shim does not take the place of. */
static void *aligned(void *memory, size_t size, struct tc_site site) {
    if (!replaced)
        tc_race_allocated(memory, size);
    return allocated(memory, size, site);
}

void *tc_on_memalign(size_t align, size_t size) {
    return aligned(tc_calls.memalign(align, size), size, TC_SITE());
}

void *tc_on_valloc(size_t size) {
    return aligned(tc_calls.valloc(size), size, TC_SITE());
}

void *tc_on_pvalloc(size_t size) {
    return aligned(tc_calls.pvalloc(size), size, TC_SITE());
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

/* Nobody may be at it any more; that it is forgotten is seen to by the shim's own hook. */
int tc_on_munmap(void *memory, size_t size) {
    if (tc_race_local.thread)
        tc_race_range(memory, size < LOOKED_AT ? size : LOOKED_AT, UNMAPS, TC_SITE());
    return tc_calls.munmap(memory, size);
}

/* What lay there before is over. */
static void *mapped(void *memory, size_t size) {
    if (memory != MAP_FAILED && tc_race_local.thread)
        forget(memory, size);
    return memory;
}

void *tc_on_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
    return mapped(tc_calls.mmap(address, size, protection, flags, fd, offset), size);
}

void *tc_on_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
    return mapped(tc_calls.mmap64(address, size, protection, flags, fd, offset), size);
}

/* What was moved keeps no history: it is at another place. */
void *tc_on_mremap(void *old, size_t old_size, size_t size, int flags, void *aim) {
    void *memory = tc_calls.mremap(old, old_size, size, flags, aim);
    if (memory == old && size > old_size)
        mapped((char *)memory + old_size, size - old_size);
    else if (memory != old)
        mapped(memory, size);
    return memory;
}

void *tc_on_shmat(int segment, const void *address, int flags) {
    void *memory = tc_calls.shmat(segment, address, flags);
    struct shmid_ds is;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the result of an error */
    if (memory != (void *)-1 && TC_SYSCALL_3(SYS_shmctl, segment, IPC_STAT, &is) >= 0)
        mapped(memory, is.shm_segsz);
    return memory;
}

/* struct _Make_ready { next, callback, weak_ptr<_State_baseV2> }, class _State_baseV2 { virtual
 * functions, result, status, … }: who finds the status comes after who was going to set it. */
void tc_on__ZNSt13__future_base13_State_baseV211_Make_ready6_M_setEv(void *ready) {
    char *state = ((char **)ready)[2];
    if (tc_race_local.thread && state)
        tc_race_atomic_publish((uintptr_t)(state + 2 * sizeof(void *)));
    tc_calls._ZNSt13__future_base13_State_baseV211_Make_ready6_M_setEv(ready);
}
