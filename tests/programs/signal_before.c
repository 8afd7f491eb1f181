// expect: signal-unsafe-lock
// A thread takes the lock, and nothing puts that before the handler that takes it is installed.
#include "program.h"
#include <signal.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int seen;

void use(void) {
    pthread_mutex_lock(&lock);
    seen++;
    pthread_mutex_unlock(&lock);
}

void on_signal(int number) {
    (void)number;
    use();
}

void *work(void *unused) {
    use();
    return unused;
}

int main(void) {
    pthread_t thread = start(work, NULL);
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1); /* in this thread, which holds nothing */
    signal(SIGUSR1, SIG_DFL);
    finish(thread);
    printf("%d\n", seen);
    return 0;
}
