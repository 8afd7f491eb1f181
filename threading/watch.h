/* watch.h: the library's side of threadcheck/library.h.
 *
 * What: `threading_watch` is the shim's table, or NULL when it is not preloaded, which costs one
 *       predicted branch.  Each operation has two forms: the plain one, and one that tells the shim
 *       what happens.  The public function jumps to the second by a tail call, so that its return
 *       address is the program's call.
 * Threads: set once before main, read by all.
 */
#ifndef THREADING_WATCH_H
#define THREADING_WATCH_H

#include "internal.h"
#include "threadcheck/library.h"

#pragma GCC visibility push(hidden)

extern const struct tc_library *threading_watch;
#define THREADING_WATCHED() THREADING_UNLIKELY(threading_watch != NULL)

/* The second form: out of line, for its return address and to keep the first one small. */
#define THREADING_TELLING __attribute__((noinline, cold))

/* What an acquire is, by its arguments. */
enum tc_event_code threading_request_code(double timeout);
enum tc_event_code threading_acquire_code(bool blocking, double timeout);

/* Describes an object for the calls below.  One with a static initialiser is told as new by the
 * first of them; `told` is its field of that name. */
struct tc_library_object threading_describe(const void *address, const char *name, uint32_t value,
                                            enum tc_object_type type, uint32_t *told,
                                            const struct tc_library_site *site);

/* Tells a new object; a destroy and whether it was refused; a name unless it could not be set.  The
 * last two pass `result` on. */
int threading_tell_init(const struct tc_library_object *object, uint32_t *told,
                        const struct tc_library_site *site);
int threading_tell_destroy(const struct tc_library_object *object, uint32_t *told,
                           const struct tc_library_site *site, int result);
int threading_tell_name(const struct tc_library_object *object, int result);

#define THREADING_TELL(object, site, CODE, arg, result)                                            \
    threading_watch->event(object, site, CODE, (uint64_t)(arg), (uint32_t)(result))

#pragma GCC visibility pop
#endif
