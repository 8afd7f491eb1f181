/* tsan_range.c: the rarer accesses of a program that was built with -fsanitize=thread: unaligned,
 * ranges, virtual tables, and the mem* that newer compilers call by names of their own.
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

#define UNALIGNED(size)                                                                            \
    void __tsan_unaligned_read##size(const void *address);                                         \
    void __tsan_unaligned_write##size(void *address);                                              \
    void __tsan_unaligned_volatile_read##size(const void *address);                                \
    void __tsan_unaligned_volatile_write##size(void *address);                                     \
    void __tsan_unaligned_read_write##size(void *address);                                         \
    TC_EXPORT void __tsan_unaligned_read##size(const void *address) {                              \
        RANGE(address, size, 0);                                                                   \
    }                                                                                              \
    TC_EXPORT void __tsan_unaligned_write##size(void *address) {                                   \
        RANGE(address, size, TC_ACCESS_WRITE);                                                     \
    }                                                                                              \
    TC_EXPORT void __tsan_unaligned_volatile_read##size(const void *address) {                     \
        RANGE(address, size, TC_ACCESS_VOLATILE);                                                  \
    }                                                                                              \
    TC_EXPORT void __tsan_unaligned_volatile_write##size(void *address) {                          \
        RANGE(address, size, TC_ACCESS_WRITE | TC_ACCESS_VOLATILE);                                \
    }                                                                                              \
    TC_EXPORT void __tsan_unaligned_read_write##size(void *address) {                              \
        RANGE(address, size, TC_ACCESS_WRITE | TC_ACCESS_MODIFY);                                  \
    }
UNALIGNED(2)
UNALIGNED(4)
UNALIGNED(8)
UNALIGNED(16)

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

/* A constructor or destructor that stores the pointer that is there already changes nothing. */
void __tsan_vptr_update(void **place, void *value);
void __tsan_vptr_read(void **place);
TC_EXPORT void __tsan_vptr_update(void **place, void *value) {
    if (*place != value)
        RANGE(place, sizeof *place, TC_ACCESS_WRITE);
}
TC_EXPORT void __tsan_vptr_read(void **place) {
    RANGE(place, sizeof *place, 0);
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
