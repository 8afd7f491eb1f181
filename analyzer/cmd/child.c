/* child.c: fork, exec, signals, wait. */
#include "analyzer/cmd/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/memory.h"
#include "analyzer/cmd/target.h"

static volatile sig_atomic_t child_pid;
static const int passed_on[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
enum { PASSED_ON = sizeof(passed_on) / sizeof(*passed_on) };

/* SI_KERNEL: typed at the terminal, so that the child has it already. */
static void pass_on(int number, siginfo_t *info, void *context) {
    (void)context;
    int saved = errno;
    if (child_pid > 0 && info->si_code != SI_KERNEL)
        kill(child_pid, number);
    errno = saved;
}

/* After the child's end, while its traces are read: timeout(1) sends its signal to us and to our
 * group, and the report should not be lost to the second one.  The next one ends us. */
static void come_late(int number) {
    static volatile sig_atomic_t seen;
    if (seen++ == 0)
        return;
    signal(number, SIG_DFL);
    raise(number);
}

static void set_environment(const char *name, const char *ours, const char *separator,
                            int ours_first) {
    const char *theirs = getenv(name);
    if (!theirs || !*theirs) {
        setenv(name, ours, 1);
        return;
    }
    char *both =
        tc_format("%s%s%s", ours_first ? ours : theirs, separator, ours_first ? theirs : ours);
    setenv(name, both, 1);
    free(both);
}

/* In the child.  `failure` is closed by a successful exec. */
static void start(const struct tc_child *child, int failure) {
    if (child->preload) {
        char *path = tc_target_find(child->argv[0]);
        char *first = path ? tc_target_first_library(path) : NULL;
        set_environment("LD_PRELOAD", child->preload, ":", 1);
        if (first)
            set_environment("LD_PRELOAD", first, ":", 1);
        set_environment("THREADCHECK_OPTIONS", child->options, ":", 0);
    }
    execvp(child->argv[0], child->argv);
    int why = errno;
    ssize_t n = write(failure, &why, sizeof(why));
    _exit(n == sizeof(why) ? 127 : 126);
}

int tc_child_run(struct tc_child *child) {
    int failure[2];
    if (pipe2(failure, O_CLOEXEC) != 0)
        return -1;
    struct sigaction before[PASSED_ON];
    struct sigaction action = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigset_t all, mask;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &mask);
    for (int i = 0; i < PASSED_ON; i++) {
        sigaction(passed_on[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN) /* nohup: the child inherits that it is ignored */
            sigaction(passed_on[i], &action, NULL);
    }
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < PASSED_ON; i++)
            sigaction(passed_on[i], &before[i], NULL);
        sigprocmask(SIG_SETMASK, &mask, NULL);
        close(failure[0]);
        start(child, failure[1]);
    }
    int wrong = errno;
    child_pid = child->pid = (int)pid;
    sigprocmask(SIG_SETMASK, &mask, NULL);
    close(failure[1]);
    int status = -1, why = 0;
    ssize_t n = 0;
    if (pid > 0) {
        while ((n = read(failure[0], &why, sizeof(why))) < 0 && errno == EINTR)
            ;
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    close(failure[0]);
    child_pid = 0;
    struct sigaction late = {.sa_handler = come_late, .sa_flags = SA_RESTART};
    for (int i = 0; i < PASSED_ON; i++)
        if (before[i].sa_handler != SIG_IGN)
            sigaction(passed_on[i], &late, NULL);
    errno = pid < 0 ? wrong : why;
    return pid < 0 || n == sizeof(why) ? -1 : status;
}
