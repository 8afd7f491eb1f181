// expect: signal-unsafe-lock
// A handler that takes a lock may be interrupted by its own signal (SA_NODEFER).
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
    return unused;
}

int main(void) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_NODEFER};
    sigaction(SIGUSR1, &action, NULL);
    run(work, NULL);
    printf("%d\n", seen);
    return 0;
}
