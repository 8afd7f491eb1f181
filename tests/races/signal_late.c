// expect: data-race
// The twin of signal_sent_ok.c: what is written after the signal was sent is not ordered with the
// handler.
#include <signal.h>

#include "race.h"

long value, seen;

static void handler(int number) {
    (void)number;
    pause_ms(60);
    seen = value;
}

void *receiver(void *unused) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    pause_ms(200);
    return unused;
}

int main(void) {
    signal(SIGUSR1, handler);
    pthread_t thread = start(receiver, NULL);
    later();
    pthread_kill(thread, SIGUSR1);
    later();
    value = 1;
    finish(thread);
    printf("done\n");
    return 0;
}
