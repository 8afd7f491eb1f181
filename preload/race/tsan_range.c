/* tsan_range.c: the rarer accesses of a program that was built with -fsanitize=thread: ranges,
 * and the mem* that newer compilers call by names of their own.
 * Threads: any.
 */
#include <string.h>

#include "preload/hook.h"
#include "preload/race/core.h"

#include "preload/poison.h"

#define RANGE(address, size, access)                                                               \
    do {                                                                                           \
        if (tc_race_local.key)                                                                     \
            tc_race_range((const void *)(address), size, access, TC_SITE());                       \
    } while (0)

/* Smaller ones: tsan_access.def. */
#define UNALIGNED(kind, access)                                                                    \
    void __tsan_unaligned_##kind##16(void *address);                                               \
    TC_EXPORT void __tsan_unaligned_##kind##16(void *address) {                                    \
        RANGE(address, 16, access);                                                                \
    }
UNALIGNED(read, 0)
UNALIGNED(write, TC_ACCESS_WRITE)
UNALIGNED(volatile_read, TC_ACCESS_VOLATILE)
UNALIGNED(volatile_write, TC_ACCESS_WRITE | TC_ACCESS_VOLATILE)
UNALIGNED(read_write, TC_ACCESS_WRITE | TC_ACCESS_MODIFY)

void __tsan_read_range(const void *address, size_t size);
void __tsan_write_range(void *address, size_t size);
TC_EXPORT void __tsan_read_range(const void *address, size_t size) {
    RANGE(address, size, 0);
}
TC_EXPORT void __tsan_write_range(void *address, size_t size) {
    RANGE(address, size, TC_ACCESS_WRITE);
}

/* With the place given: libraries that act for their callers.  The stack is that of the call. */
#define WITH_PLACE(kind, size, access)                                                             \
    void __tsan_##kind##size##_pc(void *address, void *pc);                                        \
    TC_EXPORT void __tsan_##kind##size##_pc(void *address, void *pc) {                             \
        (void)pc;                                                                                  \
        RANGE(address, size, access);                                                              \
    }
WITH_PLACE(read, 1, 0)
WITH_PLACE(read, 2, 0)
WITH_PLACE(read, 4, 0)
WITH_PLACE(read, 8, 0)
WITH_PLACE(read, 16, 0)
WITH_PLACE(write, 1, TC_ACCESS_WRITE)
WITH_PLACE(write, 2, TC_ACCESS_WRITE)
WITH_PLACE(write, 4, TC_ACCESS_WRITE)
WITH_PLACE(write, 8, TC_ACCESS_WRITE)
WITH_PLACE(write, 16, TC_ACCESS_WRITE)

void __tsan_read_range_pc(void *address, size_t size, void *pc);
void __tsan_write_range_pc(void *address, size_t size, void *pc);
TC_EXPORT void __tsan_read_range_pc(void *address, size_t size, void *pc) {
    (void)pc;
    RANGE(address, size, 0);
}
TC_EXPORT void __tsan_write_range_pc(void *address, size_t size, void *pc) {
    (void)pc;
    RANGE(address, size, TC_ACCESS_WRITE);
}

void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memmove(void *to, const void *from, size_t size);
void *__tsan_memset(void *to, int byte, size_t size);
TC_EXPORT void *__tsan_memcpy(void *to, const void *from, size_t size) {
    RANGE(from, size, TC_ACCESS_LIBC);
    RANGE(to, size, TC_ACCESS_LIBC | TC_ACCESS_WRITE);
    return memcpy(to, from, size);
}
TC_EXPORT void *__tsan_memmove(void *to, const void *from, size_t size) {
    RANGE(from, size, TC_ACCESS_LIBC);
    RANGE(to, size, TC_ACCESS_LIBC | TC_ACCESS_WRITE);
    return memmove(to, from, size);
}
TC_EXPORT void *__tsan_memset(void *to, int byte, size_t size) {
    RANGE(to, size, TC_ACCESS_LIBC | TC_ACCESS_WRITE);
    return memset(to, byte, size);
}
