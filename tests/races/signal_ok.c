// expect: none
// A handler interrupts the only thread that uses its variable.
#include <signal.h>

#include "race.h"

volatile sig_atomic_t caught;

void handler(int number) {
    caught = number;
}

void *idle(void *unused) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    later();
    return unused;
}

int main(void) {
    signal(SIGUSR1, handler);
    pthread_t thread = start(idle, NULL);
    raise(SIGUSR1);
    printf("%d\n", caught);
    finish(thread);
    return 0;
}
