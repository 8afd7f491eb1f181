// expect: none
// tsan: data-race
// why: it knows nothing of what a signal orders
// A signal that is waited for comes after what its sender did.
#include <signal.h>

#include "race.h"

int data;
sigset_t set;

void *waits(void *unused) {
    siginfo_t info;
    while (sigwaitinfo(&set, &info) < 0)
        ;
    printf("%d\n", data);
    return unused;
}

void *sends(void *thread) {
    later();
    data = 9;
    union sigval value = {.sival_int = 1};
    MUST(pthread_sigqueue(*(pthread_t *)thread, SIGUSR1, value) == 0);
    return NULL;
}

int main(void) {
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_t waiter = start(waits, NULL);
    run(sends, &waiter);
    finish(waiter);
    return 0;
}
