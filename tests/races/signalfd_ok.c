// expect: none
// tsan: data-race
// why: it knows nothing of what a signal orders
// A signal that is read from a descriptor comes after what its sender did.
#include <signal.h>
#include <sys/signalfd.h>

#include "race.h"

int data, file;

void *waits(void *unused) {
    struct signalfd_siginfo info;
    MUST(read(file, &info, sizeof info) == sizeof info);
    printf("%d\n", data);
    return unused;
}

void *sends(void *unused) {
    later();
    data = 9;
    kill(getpid(), SIGUSR1);
    return unused;
}

int main(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    file = signalfd(-1, &set, 0);
    MUST(file >= 0);
    both(waits, sends, NULL);
    return 0;
}
