/* hooks_signal.c: what runs in a signal handler, and which signals are blocked.
 *
 * What: a handler that the program installs is called through one of a set of stubs, so that
 *       HANDLER_ENTER and HANDLER_LEAVE stand around what it does.  A stub belongs to one handler
 *       for ever, whatever the signal: the kernel's own table then says which handler is in force,
 *       and no table of ours can get out of step with it, neither between threads nor in a child of
 *       vfork.  SIG_DFL and SIG_IGN are passed on, and what the program reads back is its own.
 * Threads: everything here is lock-free and may be called in a signal handler.
 */
#include "preload/hook_signal.h"
#include "preload/interpreter.h"

#include <string.h>
#include <ucontext.h>

#include "preload/arch.h"
#include "preload/race/channel.h"
#include "preload/race/race.h"
#include "preload/race/sample.h"

/* Handlers that a program may have over its life; further ones run without their mark. */
#define STUBS      256
#define STUB_BYTES 16

#define BY_SECCOMP 1 /* SYS_SECCOMP, which libc's header does not name */

typedef void (*plain_handler)(int);
typedef void (*info_handler)(int, siginfo_t *, void *);

static uintptr_t handlers[STUBS];
static __thread struct tc_handler *innermost __attribute__((tls_model("initial-exec")));

extern const char tc_signal_stubs[] __attribute__((visibility("hidden")));
void tc_signal_enter(int number, siginfo_t *info, void *context, unsigned stub);

/* Stub N: the fourth argument becomes N.  STUB_BYTES each. */
__asm__(".text\n"
        ".balign 16\n"
        ".hidden tc_signal_stubs\n"
        ".globl tc_signal_stubs\n"
        "tc_signal_stubs:\n"
        ".set stub, 0\n"
        ".rept 256\n" TC_ASM_SIGNAL_STUB("stub", "tc_signal_enter") ".balign 16\n"
                                                                    ".set stub, stub + 1\n"
                                                                    ".endr\n");

static void record_leave(int number) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    tc_event(self, TC_EV_HANDLER_LEAVE, (struct tc_ref){0}, 0, (uint64_t)number, 0);
    tc_leave(self);
}

/* The handler was left: by its return, an exception, or a longjmp. */
static void leave(struct tc_handler *handler) {
    innermost = handler->outer;
    tc_local.serving -= handler->serves;
    if (handler->entered)
        record_leave(handler->number);
}

static void unwound(struct tc_frame *frame) {
    leave((struct tc_handler *)frame);
}

/* The kernel's signals, 1 to 64, are the first word of a set. */
static uint64_t mask_word(const sigset_t *set) {
    uint64_t word;
    memcpy(&word, set, sizeof word);
    return word;
}

/* What is blocked while the handler runs: sa_mask and SA_NODEFER are in it. */
static void record_entry(struct tc_thread *self, int number, unsigned stub) {
    uint64_t mask = 0;
    tc_event(self, TC_EV_HANDLER_ENTER, (struct tc_ref){0}, 0, (uint64_t)number,
             TC_HANDLER_FIRST + stub);
    if (TC_SYSCALL_4(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask) == 0)
        tc_signals_mask(self, mask);
}

/* Whoever installs a handler comes before what it does: the kernel sees to that. */
static uint64_t key_of_handler(size_t stub) {
    return (uintptr_t)&handlers[stub];
}

static bool is_busy(void) {
    return tc_is_busy() || tc_locks_held();
}

/* What an exception left half done will not go on: its frame lies below what was interrupted.
 * Nothing is to be seen of that where another handler was, on a stack of its own. */
static void drop_left(const ucontext_t *context) {
    uintptr_t sp = tc_context_sp(context);
    if (sp - (uintptr_t)context->uc_stack.ss_sp >= context->uc_stack.ss_size)
        tc_jumped(sp);
}

/* Also called by handlers that took one argument only: the kernel, or the stub, gives all three to
 * each. */
void tc_signal_enter(int number, siginfo_t *info, void *context, unsigned stub) {
    if (is_busy())
        drop_left(context);
    bool busy = is_busy();
    struct tc_handler handler = {.frame = {.unwound = unwound}, .outer = innermost};
    handler.number = number;
    handler.interrupted = tc_context_sp(context);
    handler.serves = number == SIGSYS && info->si_code == BY_SECCOMP && busy;
    tc_local.serving += handler.serves;
    int kept_errno = errno;
    /* Of one that comes while a record is half done, what it does is lost, if it does anything. */
    struct tc_thread *self = busy ? NULL : tc_enter();
    if (self) {
        handler.entered = true;
        record_entry(self, number, stub);
        tc_leave(self);
    }
    if (tc_race_on()) {
        tc_channel_receive_key(key_of_handler(stub));
        tc_channel_receive_signal(number);
    }
    innermost = &handler;
    errno = kept_errno;
    tc_guarded_call(&handler.frame, (void *)handlers[stub], number, (long)info, (long)context, 0);
    leave(&handler);
    if (handler.entered) /* the kernel puts back what was blocked before */
        tc_mask_changed(mask_word(&((ucontext_t *)context)->uc_sigmask));
}

void tc_handlers_jump(uintptr_t here, uintptr_t target) {
    while (innermost) {
        struct tc_handler *handler = innermost;
        if (target >= here && target < (uintptr_t)handler)
            return;
        here = handler->interrupted;
        leave(handler);
    }
}

bool tc_in_handler(void) {
    return innermost != NULL;
}

/* The stub of `handler`; what is no function, or finds no stub free, stays as it is. */
static uintptr_t stub_of(uintptr_t handler) {
    if (handler == (uintptr_t)SIG_DFL || handler == (uintptr_t)SIG_IGN ||
        handler == (uintptr_t)SIG_ERR || handler == (uintptr_t)SIG_HOLD)
        return handler;
    for (unsigned i = 0; i < STUBS; i++) {
        uintptr_t seen = __atomic_load_n(&handlers[i], __ATOMIC_ACQUIRE);
        if (seen == 0 && __atomic_compare_exchange_n(&handlers[i], &seen, handler, false,
                                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            seen = handler;
        if (seen == handler) {
            if (tc_race_on())
                tc_channel_send_key(key_of_handler(i));
            return (uintptr_t)tc_signal_stubs + i * STUB_BYTES;
        }
    }
    return handler;
}

/* The program's own handler behind what the kernel has. */
static uintptr_t handler_of(uintptr_t installed) {
    uintptr_t offset = installed - (uintptr_t)tc_signal_stubs;
    return offset < STUBS * STUB_BYTES ? handlers[offset / STUB_BYTES] : installed;
}

/* What is no stub runs unmarked: as if it were none. */
static void note_action(int number, uintptr_t installed) {
    uintptr_t offset = installed - (uintptr_t)tc_signal_stubs;
    tc_action_changed(number, offset < STUBS * STUB_BYTES
                                  ? TC_HANDLER_FIRST + (uint32_t)(offset / STUB_BYTES)
                                  : TC_HANDLER_NONE);
}

/* While races are sampled SIGTRAP is ours and stays open, and the program sees what it would see
 * without us: who sets it ends the sampling, and who blocks it reads back that it is blocked. */
#define TRAP_BIT (1ull << (SIGTRAP - 1))
static uint64_t trap_in_mask; /* of handlers: a bit for each signal */
static __thread bool trap_blocked __attribute__((tls_model("initial-exec")));

static bool keeps_trap(int number, const struct sigaction *act, struct sigaction *old) {
    if (!tc_sample_on || number != SIGTRAP)
        return false;
    if (act) {
        tc_sample_end();
        return false;
    }
    if (old)
        memset(old, 0, sizeof *old);
    return true;
}

void tc_trap_open(void) {
    sigset_t trap, before;
    sigemptyset(&trap);
    sigaddset(&trap, SIGTRAP);
    if (tc_real.sigprocmask(SIG_UNBLOCK, &trap, &before) == 0)
        trap_blocked = sigismember(&before, SIGTRAP) == 1;
}

bool tc_trap_is_blocked(void) {
    return trap_blocked;
}

static void open_trap(int number, struct sigaction *act) {
    if (!tc_sample_on || number < 1 || number > 64)
        return;
    uint64_t bit = 1ull << (number - 1);
    if (sigismember(&act->sa_mask, SIGTRAP) == 1)
        __atomic_fetch_or(&trap_in_mask, bit, __ATOMIC_RELAXED);
    else
        __atomic_fetch_and(&trap_in_mask, ~bit, __ATOMIC_RELAXED);
    sigdelset(&act->sa_mask, SIGTRAP);
}

static void note_handler(int number) {
    if (tc_interpreter.own_signals && number > 0 && number <= 64)
        tc_interpreter.own_signals &= ~(1ull << (number - 1));
}

#define SIGACTION(name)                                                                            \
    TC_EXPORT int name(int number, const struct sigaction *act, struct sigaction *old) {           \
        struct sigaction changed;                                                                  \
        if (TC_UNLIKELY(keeps_trap(number, act, old)))                                             \
            return 0;                                                                              \
        bool had = number > 0 && number <= 64 && trap_in_mask >> (number - 1) & 1;                 \
        if (act) {                                                                                 \
            changed = *act;                                                                        \
            open_trap(number, &changed);                                                           \
            note_handler(number);                                                                  \
            changed.sa_handler = (plain_handler)stub_of((uintptr_t)act->sa_handler);               \
        }                                                                                          \
        int result = TC_REAL(name)(number, act ? &changed : NULL, old);                            \
        if (result == 0 && act)                                                                    \
            note_action(number, (uintptr_t)changed.sa_handler);                                    \
        if (result == 0 && old) {                                                                  \
            old->sa_handler = (plain_handler)handler_of((uintptr_t)old->sa_handler);               \
            if (had)                                                                               \
                sigaddset(&old->sa_mask, SIGTRAP);                                                 \
        }                                                                                          \
        return result;                                                                             \
    }
int __sigaction(int number, const struct sigaction *act, struct sigaction *old);
SIGACTION(sigaction)
SIGACTION(__sigaction)

#define SIGNAL(name)                                                                               \
    TC_EXPORT sighandler_t name(int number, sighandler_t handler) {                                \
        sighandler_t stub = (sighandler_t)stub_of((uintptr_t)handler);                             \
        if (TC_UNLIKELY(number == SIGTRAP))                                                        \
            tc_sample_end();                                                                       \
        note_handler(number);                                                                      \
        sighandler_t before = TC_REAL(name)(number, stub);                                         \
        if (before != SIG_ERR && stub != SIG_HOLD)                                                 \
            note_action(number, (uintptr_t)stub);                                                  \
        return (sighandler_t)handler_of((uintptr_t)before);                                        \
    }
sighandler_t bsd_signal(int number, sighandler_t handler);
sighandler_t sysv_signal(int number, sighandler_t handler);
sighandler_t __sysv_signal(int number, sighandler_t handler);
SIGNAL(signal)
SIGNAL(bsd_signal)
SIGNAL(ssignal)
SIGNAL(sysv_signal)
SIGNAL(__sysv_signal)
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
SIGNAL(sigset)

static uint64_t mask_after(int how, uint64_t change, uint64_t before) {
    return how == SIG_BLOCK ? before | change : how == SIG_UNBLOCK ? before & ~change : change;
}

/* `set` and `old` may be one object. */
#define SIGMASK(name)                                                                              \
    TC_EXPORT int name(int how, const sigset_t *set, sigset_t *old) {                              \
        bool blocked = trap_blocked;                                                               \
        sigset_t before, opened;                                                                   \
        if (!set) {                                                                                \
            int got = TC_REAL(name)(how, set, old);                                                \
            if (got == 0 && old && blocked)                                                        \
                sigaddset(old, SIGTRAP);                                                           \
            return got;                                                                            \
        }                                                                                          \
        uint64_t change = mask_word(set);                                                          \
        if (TC_UNLIKELY(tc_sample_on && change & TRAP_BIT && how != SIG_UNBLOCK)) {                \
            memcpy(&opened, set, sizeof(uint64_t));                                                \
            sigdelset(&opened, SIGTRAP);                                                           \
            set = &opened;                                                                         \
        }                                                                                          \
        int result = TC_REAL(name)(how, set, &before);                                             \
        if (result != 0)                                                                           \
            return result;                                                                         \
        if (TC_UNLIKELY(tc_sample_on))                                                             \
            trap_blocked = mask_after(how, change, blocked ? TRAP_BIT : 0) & TRAP_BIT;             \
        if (blocked)                                                                               \
            sigaddset(&before, SIGTRAP);                                                           \
        if (old)                                                                                   \
            memcpy(old, &before, sizeof(uint64_t));                                                \
        tc_mask_changed(mask_after(how, change, mask_word(&before)));                              \
        return 0;                                                                                  \
    }
SIGMASK(pthread_sigmask)
SIGMASK(sigprocmask)
