// expect: none
// Outside the handler the lock is only taken with the signal blocked.
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
    sigset_t mask, old;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &mask, &old);
    pthread_mutex_lock(&lock);
    seen++;
    pthread_mutex_unlock(&lock);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
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
