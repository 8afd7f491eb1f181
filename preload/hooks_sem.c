/* hooks_sem.c: POSIX semaphores.
 *
 * Threads: each hook works for the calling thread; sem_post also in signal handlers.
 *
 * Every wait is a point of cancellation even when it does not block, so the hooks test for it
 * before they try.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>

#include "preload/compact_hot.h"
#include "preload/hook.h"
#include "preload/hot.h"
#include "preload/interpreter.h"
#include "preload/libc_short.h"

#include "preload/enter.h"

TC_EXPORT int sem_init(sem_t *sem, int shared, unsigned value) {
    int result = TC_REAL(sem_init)(sem, shared, value);
    if (result != 0)
        return result;
    if (tc_interpreter.sem_is_new_lock && tc_interpreter.sem_is_new_lock())
        return 0;
    struct tc_thread *self = tc_enter();
    if (self) {
        tc_object_init(self, sem, TC_OBJECT_SEMAPHORE, shared ? TC_ATTR_SHARED_PROCESS : 0, value,
                       tc_stack(self, TC_SITE()));
        tc_leave(self);
    }
    return 0;
}

/* How often each named semaphore is open.  One too many for the table is never seen to end. */
#define NAMED 256
static struct {
    const sem_t *sem;
    int opens;
} named[NAMED];

/* Adds to the count and gives the new one; -1: not in the table. */
static int count_opens(const sem_t *sem, int change) {
    for (unsigned i = 0; i < NAMED; i++) {
        const sem_t *seen = __atomic_load_n(&named[i].sem, __ATOMIC_ACQUIRE);
        if (seen == NULL && change > 0 &&
            __atomic_compare_exchange_n(&named[i].sem, &seen, sem, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            seen = sem;
        if (seen == sem)
            return __atomic_add_fetch(&named[i].opens, change, __ATOMIC_ACQ_REL);
        if (seen == NULL)
            break;
    }
    return -1;
}

/* The same name opened again gives the same address. */
TC_EXPORT sem_t *sem_open(const char *name, int flags, ...) {
    mode_t mode = 0;
    unsigned value = 0;
    if (flags & O_CREAT) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        value = va_arg(rest, unsigned);
        va_end(rest);
    }
    sem_t *sem = TC_REAL(sem_open)(name, flags, mode, value);
    if (sem == SEM_FAILED)
        return sem;
    count_opens(sem, 1);
    struct tc_thread *self = tc_enter();
    if (!self)
        return sem;
    if (!tc_object_find(sem, TC_OBJECT_SEMAPHORE).id) {
        int now = 0;
        sem_getvalue(sem, &now);
        struct tc_ref object =
            tc_object_init(self, sem, TC_OBJECT_SEMAPHORE, TC_ATTR_NAMED | TC_ATTR_SHARED_PROCESS,
                           (uint32_t)now, tc_stack(self, TC_SITE()));
        tc_object_set_name(self, object, name);
    }
    tc_leave(self);
    return sem;
}

/* The last close of a name unmaps the semaphore, so its end is recorded before. */
TC_EXPORT int sem_close(sem_t *sem) {
    struct tc_thread *self = count_opens(sem, -1) == 0 ? tc_enter() : NULL;
    if (self) {
        tc_object_destroy(self, sem, TC_OBJECT_SEMAPHORE, tc_stack(self, TC_SITE()));
        tc_leave(self);
    }
    return TC_REAL(sem_close)(sem);
}

/* TC_SITE() in registers, as in hooks_mutex_hot.c. */
#define HERE                                                                                       \
    (uintptr_t) __builtin_return_address(0), TC_CALLER_BASE(),                                     \
        *(uintptr_t *)__builtin_frame_address(0)

/* Records a post that libc will refuse as such only: nothing is given. */
static TC_COLD int post_slow(sem_t *sem, uintptr_t return_address, uintptr_t cfa,
                             uintptr_t frame_pointer) {
    struct tc_site site = {return_address, cfa, frame_pointer, 0};
    if (tc_interpreter.sem_posts && tc_interpreter.sem_posts(sem))
        return TC_REAL(sem_post)(sem);
    struct tc_thread *self = tc_enter();
    if (!self)
        return TC_REAL(sem_post)(sem);
    uint32_t stack = tc_stack(self, site);
    struct tc_ref object = tc_sem_ref(self, sem, stack);
    bool full = tc_sem_value(sem) == SEM_VALUE_MAX;
    if (!full)
        tc_event(self, TC_EV_RELEASE_COUNTED, object, stack, 0, 0);
    tc_leave(self);
    int result = tc_real.sem_post(sem);
    if (!full)
        return result;
    if ((self = tc_enter())) {
        if (result == 0)
            tc_event(self, TC_EV_RELEASE_COUNTED, object, stack, 0, 0);
        else
            tc_misuse(self, TC_EV_RELEASE_FAILED, object, stack, (uint32_t)errno);
        tc_leave(self);
    }
    return result;
}

/* A post by a call that this thread does not know. */
static __attribute__((noinline)) int post_found(struct tc_thread *self, sem_t *sem,
                                                uintptr_t return_address, uintptr_t cfa,
                                                uintptr_t frame_pointer) {
    struct tc_site site = {return_address, cfa, frame_pointer, 0};
    struct tc_hot hot = tc_hot_object(self, sem, TC_OBJECT_SEMAPHORE);
    uint32_t stack = hot.id ? tc_hot_find(self, site, tc_hot_epoch()) : 0;
    if (!stack ||
        !tc_hot_repeat(self, hot.id, hot.order, stack, TC_EV_RELEASE_COUNTED, TC_HOT_COUNTED, cfa))
        return post_slow(sem, return_address, cfa, frame_pointer);
    return tc_real.sem_post(sem);
}

/* One of which more than a byte is to be said. */
static __attribute__((noinline)) int post_put(sem_t *sem, uint64_t key, uintptr_t return_address,
                                              uintptr_t cfa, uintptr_t frame_pointer) {
    if (TC_UNLIKELY(!tc_compact_put(tc_local.active, key, tc_sem_where(sem).order, TC_HOT_COUNTED)))
        return post_slow(sem, return_address, cfa, frame_pointer);
    return TC_LIKELY(tc_libc_post(sem)) ? 0 : tc_real.sem_post(sem);
}

TC_EXPORT int sem_post(sem_t *sem) {
    if (tc_fresh.first != tc_fresh.next)
        tc_fresh.first = tc_fresh.next;
    struct tc_thread *self = tc_active();
    if (TC_UNLIKELY(!self || tc_sem_value(sem) == SEM_VALUE_MAX))
        return post_slow(sem, HERE);
    struct tc_hot hot = tc_hot_object(self, sem, TC_OBJECT_SEMAPHORE);
    uint32_t stack = TC_LIKELY(hot.id != 0) ? tc_hot_known(self, TC_SITE(), tc_hot_epoch()) : 0;
    if (TC_UNLIKELY(!stack))
        return post_found(self, sem, HERE);
    struct tc_hot_context context =
        tc_hot_context(hot.id, stack, TC_EV_RELEASE_COUNTED, TC_HOT_COUNTED);
    if (TC_UNLIKELY(!tc_hot_append(self, context, hot.order, TC_HOT_COUNTED, TC_SITE().cfa)))
        return post_put(sem, context.key, HERE);
    return TC_LIKELY(tc_libc_post(sem)) ? 0 : tc_real.sem_post(sem);
}

/* Takes a unit; `valid` when libc would try before it looks at a time-out. */
static int take(sem_t *sem, struct tc_blocking *call, enum tc_event_code acquire, bool valid,
                void *function, long second, long third) {
    int result = -1;
    if (valid) {
        pthread_testcancel();
        int kept_errno = errno;
        result = tc_real.sem_trywait(sem);
        if (result != 0)
            errno = kept_errno;
    }
    if (result != 0)
        result = (int)tc_blocking_call(call, function, (long)sem, second, third, 0);
    int error = errno;
    struct tc_thread *self = tc_enter();
    if (self) {
        if (result == 0)
            tc_event(self, acquire, call->object, call->stack, 0, 0);
        else
            tc_event(self, TC_EV_REQUEST_FAILED, call->object, call->stack, 0, (uint32_t)error);
        tc_leave(self);
    }
    return result;
}

/* libc's try, without what it does to errno. */
static inline bool try_quietly(sem_t *sem) {
    int *place = tc_local.errno_place, kept = *place;
    if (TC_LIKELY(tc_real.sem_trywait(sem) == 0))
        return true;
    *place = kept;
    return false;
}

/* Gives 0, as the take did. */
static TC_COLD int taken_slow(sem_t *sem, enum tc_event_code acquire, uintptr_t return_address,
                              uintptr_t cfa, uintptr_t frame_pointer) {
    struct tc_site site = {return_address, cfa, frame_pointer, 0};
    struct tc_thread *self = tc_enter();
    if (!self)
        return 0;
    uint32_t stack = tc_stack_here(self, site);
    tc_event(self, acquire, tc_sem_ref(self, sem, stack), stack, 0, 0);
    tc_leave(self);
    return 0;
}

/* What more than a byte is to be said of; the key has the event. */
static __attribute__((noinline)) int taken_put(sem_t *sem, uint64_t key, uintptr_t return_address,
                                               uintptr_t cfa, uintptr_t frame_pointer) {
    if (TC_LIKELY(tc_compact_put(tc_local.active, key, tc_sem_where(sem).order, TC_HOT_COUNTED)))
        return 0;
    return taken_slow(sem, (enum tc_event_code)(key >> 56), return_address, cfa, frame_pointer);
}

/* Takes a unit that is there, by a call that this thread does not know; false: nothing was done but
 * to try. */
static __attribute__((noinline)) bool take_found(sem_t *sem, enum tc_event_code acquire,
                                                 uintptr_t return_address, uintptr_t cfa,
                                                 uintptr_t frame_pointer) {
    struct tc_site site = {return_address, cfa, frame_pointer, 0};
    struct tc_thread *self = tc_active();
    struct tc_hot hot = {0};
    uint32_t epoch = tc_hot_epoch(), stack = 0;
    if (self && tc_sem_value(sem) != 0)
        hot = tc_hot_object(self, sem, TC_OBJECT_SEMAPHORE);
    if (hot.id)
        stack = tc_hot_find(self, site, epoch);
    if (!stack)
        return false;
    pthread_testcancel();
    if (!try_quietly(sem))
        return false;
    if (!tc_hot_still(epoch) ||
        !tc_hot_repeat(self, hot.id, hot.order, stack, (uint8_t)acquire, TC_HOT_COUNTED, cfa))
        taken_slow(sem, acquire, return_address, cfa, frame_pointer);
    return true;
}

/* The rest of a wait.  False: it is not recorded, and the caller makes the real call. */
static __attribute__((noinline)) bool
wait_slow(sem_t *sem, struct tc_site site, enum tc_event_code request, enum tc_event_code acquire,
          bool valid, void *function, long second, long third, int *result) {
    if (tc_interpreter.sem_blocks && tc_interpreter.sem_blocks(sem, site))
        return false;
    struct tc_thread *self = tc_enter();
    if (!self)
        return false;
    uint32_t stack = tc_stack(self, site);
    struct tc_blocking call = {
        .object = tc_sem_ref(self, sem, stack), .stack = stack, .request = request};
    tc_leave(self);
    *result = take(sem, &call, acquire, valid, function, second, third);
    return true;
}

TC_EXPORT int sem_trywait(sem_t *sem) {
    struct tc_site site = TC_SITE();
    int result = TC_REAL(sem_trywait)(sem);
    if (result != 0 || (tc_interpreter.sem_is_lock && tc_interpreter.sem_is_lock(sem)))
        return result;
    struct tc_thread *self = tc_enter();
    if (self) {
        uint32_t stack = tc_stack(self, site);
        tc_event(self, TC_EV_ACQUIRE_COUNTED_TRY, tc_sem_ref(self, sem, stack), stack, 0, 0);
        tc_leave(self);
    }
    return 0;
}

/* Each wait in two parts: a unit that is there, by a call that the thread made before, and the
 * rest. While the program has cancelled nobody there is nothing to test for. */
#define TC_LIST(...) __VA_ARGS__
#define WAIT(name, parameters, arguments, request, acquire, valid, second, third)                  \
    static __attribute__((noinline)) int name##_rest(TC_LIST parameters, uintptr_t return_address, \
                                                     uintptr_t cfa, uintptr_t frame_pointer) {     \
        struct tc_site site = {return_address, cfa, frame_pointer, 0};                             \
        int result;                                                                                \
        if ((valid) && take_found(sem, acquire, return_address, cfa, frame_pointer))               \
            return 0;                                                                              \
        if (wait_slow(sem, site, request, acquire, valid, (void *)tc_real.name, (long)(second),    \
                      (long)(third), &result))                                                     \
            return result;                                                                         \
        return TC_REAL(name) arguments;                                                            \
    }                                                                                              \
    TC_EXPORT int name parameters {                                                                \
        struct tc_thread *self = tc_active();                                                      \
        struct tc_hot hot = {0};                                                                   \
        uint32_t epoch = tc_hot_epoch(), stack = 0;                                                \
        if (TC_LIKELY(self && (valid) && !tc_process.cancels))                                     \
            hot = tc_hot_object(self, sem, TC_OBJECT_SEMAPHORE);                                   \
        if (TC_LIKELY(hot.id != 0))                                                                \
            stack = tc_hot_known(self, TC_SITE(), epoch);                                          \
        struct tc_hot_context context = tc_hot_context(hot.id, stack, acquire, TC_HOT_COUNTED);    \
        if (TC_UNLIKELY(!stack || !tc_libc_take(sem)))                                             \
            return name##_rest(TC_LIST arguments, HERE);                                           \
        if (TC_UNLIKELY(!tc_hot_still(epoch)))                                                     \
            return taken_slow(sem, acquire, HERE);                                                 \
        if (TC_UNLIKELY(!tc_hot_append(self, context, hot.order, TC_HOT_COUNTED, TC_SITE().cfa)))  \
            return taken_put(sem, context.key, HERE);                                              \
        return 0;                                                                                  \
    }

WAIT(sem_wait, (sem_t * sem), (sem), TC_EV_REQUEST_COUNTED, TC_EV_ACQUIRE_COUNTED, true, 0, 0)
WAIT(sem_timedwait, (sem_t * sem, const struct timespec *until), (sem, until),
     TC_EV_REQUEST_COUNTED_TIMED, TC_EV_ACQUIRE_COUNTED_TIMED, tc_valid_time(until), until, 0)
WAIT(sem_clockwait, (sem_t * sem, clockid_t clock, const struct timespec *until),
     (sem, clock, until), TC_EV_REQUEST_COUNTED_TIMED, TC_EV_ACQUIRE_COUNTED_TIMED,
     tc_valid_time(until) && tc_valid_clock(clock), clock, until)
