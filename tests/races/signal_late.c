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
    reach_unseen(2);
}

void *receiver(void *unused) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    reach_unseen(1);
    await_unseen(2);
    return unused;
}

int main(void) {
    begin_unseen();
    signal(SIGUSR1, handler);
    pthread_t thread = start(receiver, NULL);
    await_unseen(1);
    pthread_kill(thread, SIGUSR1);
    later();
    value = 1;
    finish(thread);
    printf("done\n");
    return 0;
}
