/* real.h: the functions that the hooks stand in front of.
 *
 * What: one pointer for each row of interceptors.def, found once.  tc_enter gives a thread only
 *       after they are found; a hook that goes straight through uses TC_REAL, which finds them on
 *       demand for calls that come before our constructor.
 * Threads: every writer stores the same values, so no lock is needed.
 */
#ifndef TC_PRELOAD_REAL_H
#define TC_PRELOAD_REAL_H

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/types.h>
#include <threads.h>
#include <time.h>

#include "preload/arch.h"

struct tc_real {
#define TC_INTERCEPT(RESULT, name, version, parameters, arguments, BODY) RESULT(*name) parameters;
#define TC_INTERCEPT_OLD(RESULT, name, version, parameters, arguments, BODY)                       \
    RESULT(*name##_old) parameters;
#include "preload/interceptors.def"
#undef TC_INTERCEPT
#undef TC_INTERCEPT_OLD
};

extern struct tc_real tc_real;

/* The usable size of what malloc gave, by the allocator whose free is tc_real.free; NULL when it is
 * another's.  The shim allocates nothing itself. */
extern size_t (*tc_real_usable_size)(void *memory);

/* The real free.  NULL while it is being looked for: dlsym itself frees the text of an earlier
 * error, and that little is given up. */
void (*tc_real_free(void))(void *memory);

/* The same for what dlsym may allocate: it can do without. */
void *(*tc_real_malloc(void))(size_t size);
void *(*tc_real_calloc(void))(size_t count, size_t size);
void *(*tc_real_realloc(void))(void *memory, size_t size);

/* Fills tc_real.  Uses dlsym: not to be called in a hook once recording has begun. */
void tc_real_resolve(void);

/* From then on syscall() goes straight to the real one (hooks_futex.c). */
void tc_syscall_begin(void);
extern long (*tc_next_syscall)(long, long, long, long, long, long, long);

/* From then on who restricts the process's system calls ends sampling (hooks_seccomp.c). */
void tc_seccomp_watch(void);

/* The real function, also before anything was resolved. */
#define TC_REAL(name)                                                                              \
    (*(__builtin_expect(tc_real.name != NULL, 1) ? tc_real.name                                    \
                                                 : (tc_real_resolve(), tc_real.name)))

#endif
