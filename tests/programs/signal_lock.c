// expect: signal-unsafe-lock
// A lock is taken in a handler, and outside with the signal unblocked.
#include "program.h"
#include <signal.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int seen;

void on_signal(int number) {
    (void)number;
    pthread_mutex_lock(&lock);
    seen++;
    pthread_mutex_unlock(&lock);
}

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    seen++;
    pthread_mutex_unlock(&lock);
    raise(SIGUSR1);
    return unused;
}

int main(void) {
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    run(work, NULL);
    printf("%d\n", seen);
    return 0;
}
