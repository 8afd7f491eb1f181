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
#include "preload/options.h"
#include "preload/real.h"
#include "preload/sys.h"

#include "preload/poison.h"

#ifndef TRAP_PERF
#define TRAP_PERF 6 /* si_code */
#endif
#define MAGIC      0x7463776100ull /* in what comes with a trap of ours; the low byte is the watch */
#define HIGH_FD    400             /* out of the way of programs that expect small numbers */
#define NOWHERE    8               /* an address where nothing is */
#define TRAP_ASYNC 1u              /* it was blocked, and comes late */

#define ALL (TC_WATCHED_THREADS + 1) /* the watches, and the clock */

static int fds[ALL]; /* -1: none */
static uint64_t ids[ALL];
static bool taken; /* SIGTRAP, and nothing has ended it */
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
        if (!(perf.flags & TRAP_ASYNC) && __atomic_load_n(&taken, __ATOMIC_ACQUIRE))
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

static struct perf_event_attr attributes(unsigned place, struct tc_watch watch) {
    struct perf_event_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.type = PERF_TYPE_BREAKPOINT;
    attr.sample_period = 1;
    attr.sigtrap = attr.remove_on_exec = 1;
    attr.exclude_kernel = attr.exclude_hv = 1;
    attr.sig_data = MAGIC | place;
    attr.disabled = watch.kind == TC_WATCH_NOTHING;
    attr.bp_addr = attr.disabled ? NOWHERE : watch.address;
    attr.bp_len = watch.kind == TC_WATCH_CODE ? sizeof(long) : attr.disabled ? 8 : watch.size;
    attr.bp_type = watch.kind == TC_WATCH_CODE     ? HW_BREAKPOINT_X
                   : watch.kind == TC_WATCH_WRITES ? HW_BREAKPOINT_W
                                                   : HW_BREAKPOINT_RW;
    return attr;
}

static struct perf_event_attr clock_attributes(uint64_t period) {
    struct perf_event_attr attr = attributes(TC_WATCH_CLOCK, (struct tc_watch){0});
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = PERF_COUNT_SW_TASK_CLOCK;
    attr.sample_period = period;
    attr.bp_type = attr.disabled = 0;
    attr.bp_addr = attr.bp_len = 0; /* one union with more of its attributes */
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

/* The number behind `key` in the text of /proc/self/status. */
static unsigned status_number(const char *text, const char *key) {
    const char *at = strstr(text, key);
    unsigned number = 0;
    for (at = at ? at + strlen(key) : ""; *at == '\t' || *at == ' '; at++) {
    }
    for (; *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (unsigned)(*at - '0');
    return number;
}

const char *tc_watches_obstacle(void) {
    char text[4096];
    long size = tc_read_file("/proc/thread-self/status", text, sizeof text - 1);
    text[size > 0 ? size : 0] = 0;
    if (status_number(text, "\nTracerPid:"))
        return "a debugger is attached, which would stop at each sample";
    if (status_number(text, "\nSeccomp:") && !tc_options.sample_filtered)
        return "a seccomp filter is in force, which may end who asks for watchpoints "
               "(sample_filtered=1 asks nevertheless)";
    return NULL;
}

static bool modify(unsigned place, struct perf_event_attr *attr) {
    return is_ours(place) &&
           TC_SYSCALL_3(SYS_ioctl, fds[place], PERF_EVENT_IOC_MODIFY_ATTRIBUTES, attr) == 0;
}

/* A watch that is set is cleared first: the processor was seen to go on trapping for one that was
 * closed while its thread ran, until another one took its register. */
void tc_watches_shut(void) {
    for (unsigned i = 0; i < ALL; i++) {
        bool ours = is_ours(i);
        if (ours)
            TC_SYSCALL_3(SYS_ioctl, fds[i], PERF_EVENT_IOC_DISABLE, 0);
        int fd = __atomic_exchange_n(&fds[i], -1, __ATOMIC_ACQ_REL);
        if (ours && fd >= 0)
            TC_SYSCALL_1(SYS_close, fd);
    }
}

bool tc_watches_take(tc_trap *trap, const char **why) {
    *why = reason(-EINVAL);
    if (taken || !kernel_is_new())
        return taken;
    tc_real.sigaction(SIGTRAP, NULL, &before);
    *why = "the program handles SIGTRAP itself";
    if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN &&
        before.sa_sigaction != handler)
        return false;
    memset(fds, 0xff, sizeof fds);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER;
    on_trap = trap;
    tc_real.sigaction(SIGTRAP, &action, NULL);
    tc_trap_open();
    __atomic_store_n(&taken, true, __ATOMIC_RELEASE);
    return true;
}

/* False: refused with `*error`. */
static bool open_at(unsigned place, struct perf_event_attr *attr, int tid, int *error) {
    int fd = open_one(attr, tid, place);
    *error = fd < 0 ? fd : 0;
    __atomic_store_n(&fds[place], fd < 0 ? -1 : fd, __ATOMIC_RELEASE);
    return fd >= 0;
}

unsigned tc_watches_open(const int *tids, unsigned count, struct tc_watch watch, uint64_t clock,
                         const char **why) {
    unsigned opened = 0;
    int error = 0, last = 0;
    *why = NULL;
    for (unsigned i = 0; i < count && __atomic_load_n(&taken, __ATOMIC_ACQUIRE); i++) {
        struct perf_event_attr attr = attributes(i, watch);
        opened += open_at(i, &attr, tids[i], &error);
        last = error ? error : last;
    }
    if (clock && opened) {
        struct perf_event_attr attr = clock_attributes(clock);
        open_at(TC_WATCH_CLOCK, &attr, tids[0], &error);
    }
    if (!__atomic_load_n(&taken, __ATOMIC_ACQUIRE)) { /* ended meanwhile */
        tc_watches_shut();
        return 0;
    }
    if (!opened && last && last != -ESRCH)
        *why = reason(last);
    return opened;
}

bool tc_watches_set(struct tc_watch watch) {
    bool set = false;
    for (unsigned i = 0; i < TC_WATCHED_THREADS; i++) {
        struct perf_event_attr attr = attributes(i, watch);
        set |= __atomic_load_n(&fds[i], __ATOMIC_ACQUIRE) >= 0 && modify(i, &attr);
    }
    return set;
}

void tc_watch_drop(unsigned which) {
    if (is_ours(which))
        TC_SYSCALL_3(SYS_ioctl, fds[which], PERF_EVENT_IOC_DISABLE, 0);
}

void tc_watches_close(void) {
    if (!__atomic_exchange_n(&taken, false, __ATOMIC_ACQ_REL))
        return;
    tc_watches_shut();
    tc_real.sigaction(SIGTRAP, &before, NULL);
}

/* The descriptors are the child's, what they lead to is the parent's. */
void tc_watches_forked(void) {
    if (!taken)
        return;
    taken = false;
    tc_watches_shut();
}
