// expect: none
// Handlers of two signals take one lock; each has both signals in its sa_mask.
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
    raise(SIGUSR1);
    raise(SIGUSR2);
    return unused;
}

int main(void) {
    struct sigaction action = {.sa_handler = on_signal};
    sigaddset(&action.sa_mask, SIGUSR1);
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    run(work, NULL);
    printf("%d\n", seen);
    return 0;
}
