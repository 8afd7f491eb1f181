// expect: none
// Handlers with SA_SIGINFO on an alternate stack; sigaction and signal tell what was set.
#include "program.h"
#include <signal.h>

static char stack[64 * 1024];
volatile sig_atomic_t got;

void on_info(int number, siginfo_t *info, void *context) {
    char here;
    (void)context;
    got += number == SIGUSR1 && info->si_signo == SIGUSR1 && &here >= stack &&
           &here < stack + sizeof stack;
}

void plain(int number) {
    got += number == SIGUSR2 ? 10 : 0;
}

void *work(void *unused) {
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    MUST(sigaltstack(&alternate, NULL) == 0);
    raise(SIGUSR1);
    raise(SIGUSR2);
    return unused;
}

int main(void) {
    struct sigaction action = {.sa_sigaction = on_info, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    struct sigaction old;
    sigaction(SIGUSR1, &action, NULL);
    MUST(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_sigaction == on_info);
    MUST(old.sa_flags & SA_SIGINFO && old.sa_flags & SA_ONSTACK);
    MUST(signal(SIGUSR2, plain) == SIG_DFL);
    MUST(signal(SIGUSR2, plain) == plain);
    MUST(sigaction(SIGUSR2, NULL, &old) == 0 && old.sa_handler == plain);
    MUST(signal(SIGHUP, SIG_IGN) == SIG_DFL && signal(SIGHUP, SIG_DFL) == SIG_IGN);
    run(work, NULL);
    printf("%d\n", (int)got);
    return 0;
}
