// expect: none
// A signal may reach a thread before its first function begins.  What its handler does there is
// done by the same thread as all else, which is joined; and it knows what its creator did before.
#include <signal.h>

#include "race.h"

#define THREADS 300

long handled; /* of one thread at a time */
int told;
int seen;

static void on_signal(int number) {
    (void)number;
    handled++;
    seen = told;
}

static void *work(void *unused) {
    handled++;
    return unused;
}

int main(void) {
    struct sigaction act = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &act, NULL);
    for (int i = 0; i < THREADS; i++) {
        told = i;
        pthread_t thread = start(work, NULL);
        for (int j = 0; j < 3; j++)
            pthread_kill(thread, SIGUSR1);
        finish(thread);
        handled++;
    }
    printf("%d\n", handled >= 2l * THREADS && seen < THREADS);
    return 0;
}
