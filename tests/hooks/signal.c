/* Signal handlers: what is read back, how they are called, and how they are left. */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "show.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static volatile int plain_calls, info_calls, on_other_stack;
static volatile long value;
static sigjmp_buf back;
static char other_stack[65536];

static void plain(int number) {
    plain_calls += number;
}

static void info(int number, siginfo_t *what, void *context) {
    info_calls += number == what->si_signo && context != NULL;
    value = what->si_value.sival_int;
    char *here = (char *)__builtin_frame_address(0);
    on_other_stack = here >= other_stack && here < other_stack + sizeof other_stack;
}

static void jump(int number) {
    siglongjmp(back, number);
}

static void jump_within(int number) {
    jmp_buf here;
    if (setjmp(here) == 0)
        longjmp(here, 1);
    value = number;
}

static void nested(int number) {
    if (number == SIGUSR1)
        raise(SIGUSR2);
    else
        siglongjmp(back, number);
}

static void read_back(void) {
    struct sigaction act = {.sa_handler = plain, .sa_flags = SA_RESTART}, old;
    sigemptyset(&act.sa_mask);
    sigaddset(&act.sa_mask, SIGHUP);
    SHOW(sigaction(SIGUSR1, NULL, &old));
    SHOW(old.sa_handler == SIG_DFL);
    SHOW(sigaction(SIGUSR1, &act, &old));
    SHOW(sigaction(SIGUSR1, NULL, &old));
    SHOW(old.sa_handler == plain);
    SHOW(old.sa_flags & SA_RESTART);
    SHOW(sigismember(&old.sa_mask, SIGHUP));
    SHOW(signal(SIGUSR1, SIG_IGN) == plain);
    SHOW(signal(SIGUSR1, plain) == SIG_IGN);
    SHOW(signal(SIGUSR1, SIG_DFL) == plain);
    SHOW(signal(SIGUSR1, SIG_ERR) == SIG_DFL);
    SHOW(signal(SIGUSR1, plain) == SIG_ERR);
    SHOW(signal(SIGKILL, plain) == SIG_ERR);
    SHOW(signal(1000, plain) == SIG_ERR);
    SHOW(sigaction(SIGSTOP, &act, NULL));
    SHOW(sigset(SIGUSR1, plain) == plain);
    SHOW(sigset(SIGUSR1, SIG_HOLD) == plain);
    SHOW(sigset(SIGUSR1, plain) == SIG_HOLD);
    SHOW(ssignal(SIGUSR1, plain) == plain);
    act.sa_sigaction = info;
    act.sa_flags = SA_SIGINFO;
    SHOW(sigaction(SIGUSR2, &act, NULL));
    SHOW(sigaction(SIGUSR2, NULL, &old));
    SHOW(old.sa_sigaction == info);
    SHOW(old.sa_flags & SA_SIGINFO);
}

static void calls(void) {
    plain_calls = 0;
    SHOW(raise(SIGUSR1));
    SHOW(plain_calls);
    sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 42});
    SHOW(info_calls);
    SHOW(value);
    stack_t stack = {.ss_sp = other_stack, .ss_size = sizeof other_stack};
    struct sigaction act = {.sa_sigaction = info, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    SHOW(on_other_stack);
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR2, &act, NULL);
    raise(SIGUSR2);
    SHOW(on_other_stack);
    act.sa_handler = plain;
    act.sa_flags = SA_RESETHAND;
    sigaction(SIGUSR1, &act, NULL);
    raise(SIGUSR1);
    SHOW(sigaction(SIGUSR1, NULL, &act));
    SHOW(act.sa_handler == SIG_DFL);
}

static void jumps(void) {
    sigset_t mask;
    for (volatile int i = 0; i < 3; i++) {
        signal(SIGUSR1, jump);
        int number = sigsetjmp(back, 1);
        if (number == 0)
            raise(SIGUSR1);
        SHOW(number == SIGUSR1);
        sigprocmask(SIG_SETMASK, NULL, &mask);
        SHOW(sigismember(&mask, SIGUSR1));
    }
    signal(SIGUSR1, jump_within);
    raise(SIGUSR1);
    SHOW(value == SIGUSR1);
    struct sigaction act = {.sa_handler = nested, .sa_flags = SA_ONSTACK};
    sigaction(SIGUSR2, &act, NULL);
    signal(SIGUSR1, nested);
    int number = sigsetjmp(back, 1);
    if (number == 0)
        raise(SIGUSR1);
    SHOW(number == SIGUSR2);
}

static void masks(void) {
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, 40);
    SHOW(sigprocmask(SIG_BLOCK, &set, &old));
    SHOW(sigismember(&old, SIGUSR1));
    SHOW(pthread_sigmask(SIG_BLOCK, NULL, &old));
    SHOW(sigismember(&old, SIGUSR1));
    SHOW(pthread_sigmask(SIG_UNBLOCK, &set, &old));
    SHOW(sigismember(&old, SIGUSR1));
    SHOW(sigprocmask(99, &set, NULL));
    SHOW(pthread_sigmask(99, &set, NULL));
    sigemptyset(&set);
    SHOW(sigprocmask(SIG_SETMASK, &set, NULL));
}

static void fatal(void) {
    for (int way = 0; way < 2; way++) {
        int status;
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            signal(SIGTERM, way ? plain : SIG_DFL);
            raise(SIGTERM);
            _exit(way);
        }
        waitpid(child, &status, 0);
        printf("child: signalled %d, status %d\n", WIFSIGNALED(status), WEXITSTATUS(status));
    }
}

int main(void) {
    read_back();
    calls();
    jumps();
    masks();
    fatal();
    signal(SIGABRT, plain);
    SHOW(raise(SIGABRT));
    return 5;
}
