/* hooks_futex.c: syscall(SYS_futex, …), by which C++20's latches, barriers, semaphores and atomic
 * waits, std::future, and the locks of Rust and GLib wait and wake.
 *
 * What: who waits for a word of memory, for the hang watch, and that who was woken comes after who
 *       woke it.  A futex says nothing of who holds what: no lock is made of it.
 * Threads: each call works for the calling thread.
 *
 * A wait within another one that is recorded is part of that one.  What libthreading waits for is
 * told by its own events: it marks its calls (threading/internal.c).
 */
#include <linux/futex.h>
#include <sys/syscall.h>

#include "preload/arch.h"
#include "preload/hook.h"
#include "preload/mapping.h"
#include "preload/process.h"
#include "preload/race/channel.h"
#include "preload/race/race.h"

/* The arguments of the call; `second` is the other futex of operations that have one. */
struct call {
    long word, operation, value, until, second, third;
};

static long go_on(const struct call *call) {
    return TC_REAL(syscall)(SYS_futex, call->word, call->operation, call->value, call->until,
                            call->second, call->third);
}

/* Whether another process may be the one to wake.  Many calls do not say that they are private, so
 * the mapping tells, when the word is waited for the first time. */
static uint32_t attributes(const struct call *call, const void *word) {
    bool ours = call->operation & FUTEX_PRIVATE_FLAG || !tc_memory_is_shared((uintptr_t)word);
    return ours ? 0 : TC_ATTR_SHARED_PROCESS;
}

/* Begins a wait; false: it is not recorded. */
static bool begin(const struct call *call, struct tc_site site, struct tc_blocking *wait) {
    const void *word = (const void *)(uintptr_t)call->word;
    if (call->second == call->word)
        return false;
    struct tc_thread *self = tc_enter();
    if (!self)
        return false;
    bool recorded = word && !self->waiting.object && !tc_object_find(word, TC_OBJECT_GUARD).id;
    if (recorded) {
        uint32_t stack = tc_stack(self, site);
        struct tc_ref known = tc_object_find(word, TC_OBJECT_FUTEX);
        wait->object =
            known.id ? known
                     : tc_object_first(self, word, TC_OBJECT_FUTEX, attributes(call, word), stack);
        wait->stack = stack;
        wait->request = call->until ? TC_EV_WAIT_TIMED : TC_EV_WAIT;
    }
    tc_leave(self);
    return recorded;
}

/* A thread that found the value changed already is as one that was woken. */
static long wait_for(const struct call *call, struct tc_site site) {
    struct tc_blocking wait = {0};
    if (!begin(call, site, &wait))
        return go_on(call);
    long result = tc_blocking_call(&wait, (void *)go_on, (long)call, 0, 0, 0);
    int error = result == 0 || errno == EAGAIN ? 0 : errno;
    struct tc_thread *self = tc_enter();
    if (self) {
        tc_event(self, TC_EV_WOKEN, wait.object, wait.stack, 0, (uint32_t)error);
        tc_leave(self);
    }
    return result;
}

/* Before the wake, as the thread that is woken may go on at once. */
static void tell_wake(const struct call *call, struct tc_site site) {
    if (call->second == call->word)
        return;
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    struct tc_ref object = tc_object_find((const void *)(uintptr_t)call->word, TC_OBJECT_FUTEX);
    if (object.id)
        tc_event(self, TC_EV_HAPPENS_BEFORE, object, tc_stack(self, site),
                 call->value > 0 ? (uint64_t)call->value : 1, 0);
    tc_leave(self);
}

_Static_assert(SYS_futex == TC_SYS_FUTEX_NUMBER, "what the entry below compares with");

/* What the entry below leads to; the arguments are those of syscall(). */
long tc_on_futex(long number, long word, long operation, long value, long until, long second,
                 long third);
long tc_on_futex(long number, long word, long operation, long value, long until, long second,
                 long third) {
    (void)number;
    struct call call = {word, operation, value, until, second, third};
    struct tc_site site = TC_SITE();
    int command = (int)operation & FUTEX_CMD_MASK;
    bool waits = command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET;
    bool locks = command == FUTEX_LOCK_PI || command == FUTEX_WAIT_REQUEUE_PI;
    if (!waits && !locks) {
        if (tc_race_local.thread)
            tc_channel_send_key((uint64_t)word);
        tell_wake(&call, site);
    }
    long result = waits ? wait_for(&call, site) : go_on(&call);
    if ((waits || locks) && result == 0 && tc_race_local.thread)
        tc_channel_receive_key((uint64_t)word);
    return result;
}

/* syscall() itself, for every other number a jump: what clone makes returns on another stack, and
 * what vfork makes returns twice from this one. */
long tc_syscall_next(long number, long a, long b, long c, long d, long e, long f);
long (*tc_next_syscall)(long, long, long, long, long, long, long) = tc_syscall_next;

/* For calls before the constructor. */
long tc_syscall_next(long number, long a, long b, long c, long d, long e, long f) {
    return TC_REAL(syscall)(number, a, b, c, d, e, f);
}

void tc_syscall_begin(void) {
    tc_next_syscall = tc_real.syscall;
}

__asm__(".text\n"
        ".globl syscall\n"
        ".type syscall, %function\n"
        ".p2align 4\n"
        "syscall:\n"
        ".cfi_startproc\n" TC_ASM_SYSCALL(TC_SYS_FUTEX, "tc_on_futex",
                                          "tc_next_syscall") ".cfi_endproc\n"
                                                             ".size syscall, . - syscall\n");
