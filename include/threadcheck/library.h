/* library.h: how a library of synchronisation objects tells a preloaded threadcheck what its
 * operations do, so that reports speak of its objects and not of what lies below them.
 *
 * What: one table of functions, exported by libthreadcheck.so as `tc_library`.  The library looks
 *       it up once, by dlsym(RTLD_DEFAULT, "tc_library"), which works from an executable (static
 *       archive, PIE or not) and from a shared library alike; a weak symbol would be bound to 0
 *       when a non-PIE executable is linked.  Not found: nobody watches.
 * Use:  release-like events before the operation takes effect, acquire-like ones after it.  An
 *       event whose effect is a request, and ARRIVE, say that the thread blocks from here on; its
 *       next event ends that.
 * Threads: every function may be called from any thread at any time; errno is kept.
 */
#ifndef THREADCHECK_LIBRARY_H
#define THREADCHECK_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

#include "threadcheck/events.h"

#define TC_LIBRARY_VERSION 1

/* Where the program called the library.  To be taken in a function that the program's call entered,
 * or that such a function jumped to by a tail call. */
struct tc_library_site {
    uintptr_t return_address, cfa, frame_pointer;
};
#if defined(__x86_64__)
#define TC_LIBRARY_BASE() ((uintptr_t)__builtin_dwarf_cfa())
#else /* the frame's record may be anywhere in it */
#define TC_LIBRARY_BASE() ((uintptr_t)__builtin_frame_address(0) + 16)
#endif
#define TC_LIBRARY_SITE()                                                                          \
    ((struct tc_library_site){(uintptr_t)__builtin_return_address(0), TC_LIBRARY_BASE(),           \
                              *(uintptr_t *)__builtin_frame_address(0)})

/* An object.  `value`: initial value, or parties; `name` may be NULL.  A thread's address is its
 * pthread_t. */
struct tc_library_object {
    const void *address;
    const char *name;
    uint32_t value;
    uint8_t type; /* enum tc_object_type */
};

struct tc_library {
    uint32_t version; /* TC_LIBRARY_VERSION */
    uint32_t size;    /* of this table: later ones are longer */

    /* A new object; `by_first_use`: its initialiser was static, so whatever was at its address
     * before is no more.  To be called before any other event of it, also of other threads. */
    void (*init)(const struct tc_library_object *object, const struct tc_library_site *site,
                 bool by_first_use);
    void (*destroy)(const struct tc_library_object *object, const struct tc_library_site *site);
    void (*set_name)(const struct tc_library_object *object);

    /* Any other event.  arg of ARRIVE: not 0 when the wait has a time limit. */
    void (*event)(const struct tc_library_object *object, const struct tc_library_site *site,
                  enum tc_event_code code, uint64_t arg, uint32_t result);

    /* WAIT or WAIT_TIMED on a condition together with `lock`. */
    void (*wait)(const struct tc_library_object *condition, const struct tc_library_object *lock,
                 const struct tc_library_site *site, enum tc_event_code code);

    /* NULL unless the program is being steered (`threadcheck confirm`): to be called at the begin
     * of each operation, before it has any effect.  May keep the thread for a while. */
    void (*steer)(const struct tc_library_site *site);
};

extern struct tc_library tc_library;

#endif
