/* report.c: see report.h.
 *
 * The child is made by a raw clone that shares memory and sends no signal at its end: no atfork
 * handler runs, and wait() and SIGCHLD of the program do not see it.  exec would make an ordinary
 * child of it, so it stays what it is and has the analyzer as a child of its own.
 */
#include "preload/report.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "preload/arch.h"
#include "preload/file.h"
#include "preload/modules.h"
#include "preload/options.h"
#include "preload/process.h"

#include "preload/poison.h"

#define CHILD_STACK (64u << 10)
#define ENV_MAX     4096

static char analyzer[TC_PATH_MAX];
static char *child_env[ENV_MAX + 1];
static char *child_arguments[8];
static uint64_t signals_before;
static struct tc_lock running; /* the exit's report and the hang watch's */

void tc_report_prepare(void) {
    const char *named = tc_options_environment("THREADCHECK_ANALYZER");
    struct tc_text text = tc_text_begin(analyzer, sizeof(analyzer));
    if (named && named[0] == '/') {
        tc_text_add(&text, named);
    } else if (tc_modules_own_path(analyzer, sizeof(analyzer))) {
        char *slash = strrchr(analyzer, '/');
        if (slash) /* lib/libthreadcheck.so stands beside bin/threadcheck */
            *slash = 0;
        text.at = analyzer + strlen(analyzer);
        tc_text_add(&text, "/../bin/threadcheck");
    }
    unsigned count = 0;
    for (char *const *at = tc_options_environ(); at && *at && count < ENV_MAX; at++)
        if (strncmp(*at, "LD_PRELOAD=", 11) && strncmp(*at, "THREADCHECK_OPTIONS=", 20))
            child_env[count++] = *at;
}

/* The analyzer's process.  The program's handlers must not run here, nor its descriptors stay
 * open. */
static void analyzer_main(void) {
    struct {
        void (*handler)(int);
        unsigned long flags;
        void (*restorer)(void);
        uint64_t mask;
    } action;
    for (int number = 1; number <= 64; number++) {
        if (TC_SYSCALL_4(SYS_rt_sigaction, number, NULL, &action, 8) != 0 ||
            action.handler == SIG_IGN)
            continue;
        memset(&action, 0, sizeof(action));
        TC_SYSCALL_4(SYS_rt_sigaction, number, &action, NULL, 8);
    }
    long null = TC_SYSCALL_4(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY, 0);
    if (null >= 0)
        TC_SYSCALL_3(SYS_dup3, null, 0, 0);
    TC_SYSCALL_3(SYS_dup3, 2, 1, 0);
    TC_SYSCALL_3(436 /* close_range */, 3, ~0u, 0);
    TC_SYSCALL_4(SYS_rt_sigprocmask, SIG_SETMASK, &signals_before, NULL, 8);
    TC_SYSCALL_3(SYS_execve, analyzer, child_arguments, child_env);
    TC_SYSCALL_1(SYS_exit_group, 127);
}

/* The child calls function() on its own stack; the parent gets the pid. */
static long clone_child(long flags, void *top, void (*function)(void)) {
    return tc_clone(flags | CLONE_VM | CLONE_VFORK, top, function, NULL, NULL, NULL);
}

static int wait_for(long child, int flags) {
    int status = 0;
    while (TC_SYSCALL_4(SYS_wait4, child, &status, flags, NULL) == -EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}

static uint8_t *child_stack;

/* The process between: lives as long as the analyzer, and ends with its status. */
static void between_main(void) {
    long child = clone_child(SIGCHLD, child_stack + CHILD_STACK, analyzer_main);
    TC_SYSCALL_1(SYS_exit_group, child > 0 ? wait_for(child, __WALL) : 127);
}

static void make_arguments(bool hang) {
    static char exitcode[48];
    struct tc_text text = tc_text_begin(exitcode, sizeof(exitcode));
    tc_text_add(&text, "--error-exitcode=");
    tc_text_add_number(&text, tc_options.error_exitcode);
    char *arguments[] = {
        analyzer,     "analyze", "--output=-", exitcode, hang ? "--hang" : "--at-exit",
        tc_file.path, NULL};
    memcpy(child_arguments, arguments, sizeof(arguments));
}

int tc_report_run(bool hang) {
    if (!tc_file.header || !analyzer[0] || !tc_stderr_is_kept())
        return -1;
    struct tc_lock_state state = tc_lock_take(&running);
    int status = 127;
    signals_before = state.signals;
    make_arguments(hang);
    child_stack = tc_map(2 * CHILD_STACK);
    if (child_stack) {
        long child = clone_child(0, child_stack + 2 * CHILD_STACK, between_main);
        if (child > 0)
            status = wait_for(child, __WCLONE);
        tc_unmap(child_stack, 2 * CHILD_STACK);
    }
    tc_lock_give(&running, state);
    if (status == 127)
        tc_say("cannot run the analyzer ", analyzer, "; the trace is not reported");
    return status == 127 ? -1 : status;
}

void tc_report_forked(void) {
    tc_lock_init(&running);
}

void tc_report_remove_trace(void) {
    if (!tc_file.temporary || !tc_file.header)
        return;
    TC_SYSCALL_3(SYS_unlinkat, AT_FDCWD, tc_file.path, 0);
    TC_SYSCALL_3(SYS_unlinkat, AT_FDCWD, tc_file.directory, 0x200 /* AT_REMOVEDIR */);
}
