/* tsan.h: what the files share that define what -fsanitize=thread and its headers declare.
 *
 * Threads: any.
 */
#ifndef TC_PRELOAD_RACE_TSAN_H
#define TC_PRELOAD_RACE_TSAN_H

#include "preload/hook.h"

/* A function that programs call: declared nowhere else. */
#define TSAN(result, name, ...)                                                                    \
    result name(__VA_ARGS__);                                                                      \
    TC_EXPORT result name(__VA_ARGS__)

/* One that does nothing and returns nothing. */
#define TSAN_NOTHING(name)                                                                         \
    void name(void);                                                                               \
    TC_EXPORT void name(void) {}

/* How often the calling thread holds the lock of the program's own at `address`. */
int tc_tsan_levels(const volatile void *address);

/* The calling thread's accesses do not count: 1, from here on; -1, no longer. */
void tc_tsan_ignore(int step);

#endif
