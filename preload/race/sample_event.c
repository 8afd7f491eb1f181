/* sample_event.c: see sample_event.h. */
#include "preload/race/sample_event.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "preload/hook_signal.h"
#include "preload/real.h"
#include "preload/sys.h"
#include "preload/thread.h"

#include "preload/poison.h"

#ifndef TRAP_PERF
#define TRAP_PERF 6 /* si_code */
#endif
#define MAGIC      0x7463776100ull /* in what comes with a trap of ours; the low byte is the watch */
#define HIGH_FD    400             /* out of the way of programs that expect small numbers */
#define NOWHERE    8               /* an address where nothing is */
#define TRAP_ASYNC 1u              /* it was blocked, and comes late */

/* The watches and the clock, then what the first watch is once it goes by thread, then one that is
 * never set: where the last is closed, the kernel changes its own code, and again at the next. */
#define FIRST_OF_THREADS (TC_WATCHES + 1)
#define IDLE             (FIRST_OF_THREADS + TC_WATCHED_THREADS)
#define ALL              (IDLE + 1)

static int fds[ALL];
static uint64_t ids[ALL];
static bool opened, by_thread;
static uint32_t turn; /* which threads are next */
static tc_trap *on_trap;
static struct sigaction before;

/* siginfo of SIGTRAP by perf: what <signal.h> has no names for yet. */
struct perf_info {
    int number, error, code, pad;
    void *address;
    uint64_t data;
    uint32_t type, flags;
};

static void handler(int number, siginfo_t *info, void *context) {
    struct perf_info perf;
    memcpy(&perf, info, sizeof perf);
    if (perf.code == TRAP_PERF && (perf.data & ~0xffull) == MAGIC) {
        if (!(perf.flags & TRAP_ASYNC) && __atomic_load_n(&opened, __ATOMIC_ACQUIRE))
            on_trap((unsigned)(perf.data & 0xff), (uintptr_t)perf.address, context);
        return;
    }
    if (perf.code <= 0 && tc_trap_is_blocked()) { /* it waits, as the program believes */
        sigaddset(&((ucontext_t *)context)->uc_sigmask, SIGTRAP);
        sigset_t trap;
        sigemptyset(&trap);
        sigaddset(&trap, SIGTRAP);
        tc_real.pthread_sigmask(SIG_BLOCK, &trap, NULL);
        TC_SYSCALL_3(SYS_tgkill, tc_getpid(), tc_gettid(), number);
        return;
    }
    /* Not ours: as without us, which ends the process unless it ignores the signal. */
    if (before.sa_handler == SIG_IGN && perf.code <= 0)
        return;
    struct sigaction plain;
    memset(&plain, 0, sizeof plain);
    tc_real.sigaction(number, &plain, NULL);
    TC_SYSCALL_3(SYS_tgkill, tc_getpid(), tc_gettid(), number);
}

static struct perf_event_attr attributes(unsigned which) {
    struct perf_event_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.sample_period = 1;
    attr.inherit = attr.inherit_thread = attr.sigtrap = attr.remove_on_exec = 1;
    attr.exclude_kernel = attr.exclude_hv = 1;
    attr.sig_data = MAGIC | which;
    if (which == TC_WATCHES) {
        attr.type = PERF_TYPE_SOFTWARE;
        attr.config = PERF_COUNT_SW_TASK_CLOCK;
        attr.sample_period = TC_TICK;
    } else {
        attr.type = PERF_TYPE_BREAKPOINT;
        attr.bp_type = HW_BREAKPOINT_RW;
        attr.bp_addr = NOWHERE;
        attr.bp_len = 8;
        attr.disabled = 1;
    }
    return attr;
}

/* `place` is its place in fds; `tid` 0: the calling thread. */
static int open_one(struct perf_event_attr *attr, int tid, unsigned place) {
    long fd = TC_SYSCALL_5(SYS_perf_event_open, attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return (int)fd;
    struct rlimit limit;
    long high = HIGH_FD;
    if (TC_SYSCALL_4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) == 0 &&
        limit.rlim_cur <= HIGH_FD)
        high = limit.rlim_cur > 16 ? (long)limit.rlim_cur - 8 : 3;
    long moved = TC_SYSCALL_3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, high);
    if (moved >= 0) {
        TC_SYSCALL_1(SYS_close, fd);
        fd = moved;
    }
    TC_SYSCALL_3(SYS_ioctl, fd, PERF_EVENT_IOC_ID, &ids[place]);
    return (int)fd;
}

/* The program may have closed all descriptors and have a file of its own there. */
static bool is_ours(unsigned place) {
    uint64_t id = 0;
    int fd = __atomic_load_n(&fds[place], __ATOMIC_ACQUIRE);
    return fd >= 0 && TC_SYSCALL_3(SYS_ioctl, fd, PERF_EVENT_IOC_ID, &id) == 0 && id == ids[place];
}

static const char *reason(int error) {
    switch (error) {
    case -EACCES:
    case -EPERM:
        return "the kernel refuses hardware watchpoints (kernel.perf_event_paranoid, or a "
               "container's seccomp filter)";
    case -ENOSYS:
        return "the kernel has no perf_event_open";
    case -EINVAL:
    case -E2BIG:
        return "the kernel is too old for watchpoints that signal (5.18 is needed)";
    case -EMFILE:
    case -ENFILE:
        return "the program has no file descriptors left for watchpoints (ulimit -n)";
    case -ENOSPC:
    case -EBUSY:
        return "all hardware watchpoints are in use";
    default:
        return "this processor or virtual machine has no hardware watchpoints";
    }
}

/* Before 5.18 a watchpoint that hits where SIGTRAP is blocked ends the process. */
static bool kernel_is_new(void) {
    struct utsname name;
    unsigned number[2] = {0, 0}, part = 0;
    if (TC_SYSCALL_1(SYS_uname, &name) != 0)
        return false;
    for (const char *at = name.release; *at && part < 2; at++) {
        if (*at >= '0' && *at <= '9')
            number[part] = number[part] * 10 + (unsigned)(*at - '0');
        else
            part++;
    }
    return number[0] > 5 || (number[0] == 5 && number[1] >= 18);
}

/* Its debugger would stop at each trap. */
static bool is_traced(void) {
    char text[1024];
    long size = tc_read_file("/proc/thread-self/status", text, sizeof text - 1);
    text[size > 0 ? size : 0] = 0;
    const char *tracer = strstr(text, "TracerPid:\t");
    return tracer && tracer[11] != '0';
}

static bool modify(unsigned place, struct perf_event_attr *attr) {
    return is_ours(place) &&
           TC_SYSCALL_3(SYS_ioctl, fds[place], PERF_EVENT_IOC_MODIFY_ATTRIBUTES, attr) == 0;
}

/* A watch that is set is cleared first: the processor was seen to go on trapping for one that was
 * closed while its thread ran, until another one took its register. */
static void close_some(unsigned first, unsigned end) {
    struct perf_event_attr clear = attributes(0);
    for (unsigned i = first; i < end; i++) {
        bool ours = is_ours(i);
        if (ours && i != TC_WATCHES)
            modify(i, &clear);
        int fd = __atomic_exchange_n(&fds[i], -1, __ATOMIC_ACQ_REL);
        if (ours && fd >= 0)
            TC_SYSCALL_1(SYS_close, fd);
    }
}

bool tc_watches_open(tc_trap *trap, const char **why) {
    *why = reason(-EINVAL);
    if (opened || !kernel_is_new())
        return opened;
    tc_real.sigaction(SIGTRAP, NULL, &before);
    *why = "the program handles SIGTRAP itself";
    if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN &&
        before.sa_sigaction != handler)
        return false;
    *why = "a debugger is attached, which would stop at each sample";
    if (is_traced())
        return false;
    memset(fds, 0xff, sizeof fds);
    by_thread = false;
    for (unsigned i = 0; i <= TC_WATCHES; i++) {
        struct perf_event_attr attr = attributes(i);
        fds[i] = open_one(&attr, 0, i);
        if (fds[i] < 0) {
            *why = reason(fds[i]);
            close_some(0, i);
            return false;
        }
    }
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER;
    on_trap = trap;
    tc_real.sigaction(SIGTRAP, &action, NULL);
    tc_trap_open();
    __atomic_store_n(&opened, true, __ATOMIC_RELEASE);
    return true;
}

static bool is_live(const struct tc_thread *thread) {
    return __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) == TC_THREAD_LIVE;
}

/* The threads whose turn it is. */
static unsigned choose(int tids[TC_WATCHED_THREADS]) {
    unsigned live = 0, chosen = 0, at = 0;
    struct tc_thread *all = __atomic_load_n(&tc_threads, __ATOMIC_ACQUIRE);
    for (const struct tc_thread *thread = all; thread; thread = thread->next)
        live += is_live(thread);
    if (!live)
        return 0;
    unsigned first = __atomic_fetch_add(&turn, TC_WATCHED_THREADS - 1, __ATOMIC_RELAXED) % live;
    for (const struct tc_thread *thread = all; thread; thread = thread->next) {
        if (!is_live(thread))
            continue;
        unsigned place = (at++ + live - first) % live;
        if (place < TC_WATCHED_THREADS) {
            tids[chosen++] = thread->tid;
            if (chosen == TC_WATCHED_THREADS)
                break;
        }
    }
    return chosen;
}

/* Sets the watch of threads that have it, or gives it to some. */
static bool set_by_thread(struct perf_event_attr *attr) {
    bool set = false;
    for (unsigned i = FIRST_OF_THREADS; i < IDLE; i++)
        set |= __atomic_load_n(&fds[i], __ATOMIC_ACQUIRE) >= 0 && modify(i, attr);
    if (set)
        return true;
    int tids[TC_WATCHED_THREADS];
    unsigned count = choose(tids);
    attr->inherit = attr->inherit_thread = 0;
    for (unsigned i = 0; i < count; i++) {
        int fd = open_one(attr, tids[i], FIRST_OF_THREADS + i);
        __atomic_store_n(&fds[FIRST_OF_THREADS + i], fd < 0 ? -1 : fd, __ATOMIC_RELEASE);
        set |= fd >= 0;
    }
    if (!__atomic_load_n(&opened, __ATOMIC_ACQUIRE))
        close_some(FIRST_OF_THREADS, ALL);
    return set;
}

bool tc_watch_set(unsigned which, enum tc_watch_kind kind, uintptr_t address, unsigned size) {
    struct perf_event_attr attr = attributes(which);
    attr.disabled = 0;
    attr.bp_addr = address;
    attr.bp_len = kind == TC_WATCH_CODE ? sizeof(long) : size;
    attr.bp_type = kind == TC_WATCH_CODE     ? HW_BREAKPOINT_X
                   : kind == TC_WATCH_WRITES ? HW_BREAKPOINT_W
                                             : HW_BREAKPOINT_RW;
    if (!__atomic_load_n(&opened, __ATOMIC_ACQUIRE))
        return false;
    return by_thread ? set_by_thread(&attr) : modify(which, &attr);
}

void tc_watch_clear(unsigned which) {
    struct perf_event_attr attr = attributes(which);
    if (!__atomic_load_n(&opened, __ATOMIC_ACQUIRE))
        return;
    if (by_thread)
        close_some(FIRST_OF_THREADS, IDLE);
    else
        modify(which, &attr);
}

void tc_watch_move_on(unsigned which) {
    if (by_thread)
        tc_watch_clear(which);
}

bool tc_watches_are_by_thread(void) {
    return by_thread;
}

bool tc_watches_are_traced(void) {
    return __atomic_load_n(&opened, __ATOMIC_ACQUIRE) && is_traced();
}

void tc_watches_by_thread(void) {
    if (by_thread || !__atomic_load_n(&opened, __ATOMIC_ACQUIRE))
        return;
    struct perf_event_attr idle = attributes(0);
    idle.inherit = idle.inherit_thread = 0;
    int fd = open_one(&idle, tc_gettid(), IDLE);
    __atomic_store_n(&fds[IDLE], fd < 0 ? -1 : fd, __ATOMIC_RELEASE);
    by_thread = true;
    close_some(0, FIRST_OF_THREADS);
}

void tc_watches_close(void) {
    if (!__atomic_exchange_n(&opened, false, __ATOMIC_ACQ_REL))
        return;
    close_some(0, ALL);
    tc_real.sigaction(SIGTRAP, &before, NULL);
}

/* The descriptors are the child's, what they lead to is the parent's. */
void tc_watches_forked(void) {
    if (!opened)
        return;
    opened = false;
    close_some(0, ALL);
}
