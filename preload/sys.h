/* sys.h: the shim's door to the kernel, and the few string functions that it needs.
 *
 * What: raw system calls that neither touch errno nor are cancellation points nor pass through
 *       anything that can be interposed; anonymous memory; the shim's own lock; text.
 * Threads: everything here may be called from any thread and any signal handler, except that a
 *          tc_lock must not be taken by a thread that holds it.
 */
#ifndef TC_PRELOAD_SYS_H
#define TC_PRELOAD_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>

#define TC_LIKELY(x)   __builtin_expect(!!(x), 1)
#define TC_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define TC_COLD        __attribute__((noinline, cold))

/* A system call; the result is negative, -errno, when it failed. */
long tc_syscall(long number, long a, long b, long c, long d, long e, long f);
#define TC_SYSCALL_0(n)             tc_syscall(n, 0, 0, 0, 0, 0, 0)
#define TC_SYSCALL_1(n, a)          tc_syscall(n, (long)(a), 0, 0, 0, 0, 0)
#define TC_SYSCALL_2(n, a, b)       tc_syscall(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define TC_SYSCALL_3(n, a, b, c)    tc_syscall(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define TC_SYSCALL_4(n, a, b, c, d) tc_syscall(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define TC_SYSCALL_5(n, a, b, c, d, e)                                                             \
    tc_syscall(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define TC_SYSCALL_6(n, a, b, c, d, e, f)                                                          \
    tc_syscall(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

int tc_getpid(void);
int tc_gettid(void);

/* Zeroed private memory in whole pages, or NULL. */
void *tc_map(size_t size);
void tc_unmap(void *memory, size_t size);

/* ns of CLOCK_MONOTONIC and CLOCK_REALTIME. */
uint64_t tc_now(void);
uint64_t tc_realtime(void);

/* The shim's own lock.  Signals are blocked while it is held, so that no handler can come between
 * (a handler may suspend the thread for long: garbage collectors do).  A forked child finds it as
 * it was: tc_lock_init makes it free again. */
struct tc_lock {
    uint32_t word; /* 0 free, 1 held, 2 held and waited for */
};
struct tc_lock_state {
    uint64_t signals; /* the mask before; nothing when this lock was taken within another */
    bool alone;       /* there is one thread: nothing had to be done */
};
struct tc_lock_state tc_lock_take(struct tc_lock *lock);
void tc_lock_give(struct tc_lock *lock, struct tc_lock_state state);
/* As if a lock were taken that is no one else's: blocks signals once for all that are taken within.
 */
struct tc_lock_state tc_signals_hold(void);
void tc_signals_let(struct tc_lock_state state);
/* Whether this thread holds any. */
bool tc_locks_held(void);
static inline bool tc_lock_is_held(const struct tc_lock *lock) {
    return __atomic_load_n(&lock->word, __ATOMIC_RELAXED) != 0;
}
static inline void tc_lock_init(struct tc_lock *lock) {
    __atomic_store_n(&lock->word, 0, __ATOMIC_RELAXED);
}

/* Memory that is never given back, carved from larger pieces.  The owner sees to it that only one
 * thread uses one arena at a time. */
struct tc_arena {
    uint8_t *next, *end;
};
void *tc_arena_take(struct tc_arena *arena, size_t size); /* zeroed, 16-byte aligned, or NULL */

/* Text of a bounded size, always NUL-terminated; what does not fit is cut. */
struct tc_text {
    char *at, *end; /* end: the place of the last NUL */
};
struct tc_text tc_text_begin(char *buffer, size_t size);
void tc_text_add(struct tc_text *text, const char *string);
void tc_text_add_n(struct tc_text *text, const char *string, size_t length);
void tc_text_add_number(struct tc_text *text, uint64_t number);

/* Whether descriptor 2 is what it was at the start: a program that closes stderr may get the same
 * number for a file of its own.  The first call remembers. */
bool tc_stderr_is_kept(void);

/* One line on stderr, made of up to three parts (NULL ends them), by a single write. */
void tc_say(const char *first, const char *second, const char *third);

/* The value of `name` in the environment `env`, or NULL.  Needs nothing of libc. */
const char *tc_env_get(char *const *env, const char *name);

/* Whether the 8 bytes at `address` can be read.  A system call that sandboxes allow. */
bool tc_can_read(uintptr_t address);

/* Copies memory of the program's that may not be there; false: it is not. */
bool tc_copy(void *to, const void *from, size_t size);

/* Reads a whole small file (as of /proc) into `buffer`; bytes read, or -errno. */
long tc_read_file(const char *path, char *buffer, size_t size);

#endif
