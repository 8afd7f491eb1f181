// expect: none
// The lock is taken outside only while no handler that takes it can come: before it is installed,
// under another one, ignored, and after it was removed; also by other threads.
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

void on_other(int number) {
    (void)number;
}

void *work(void *unused) {
    use();
    return unused;
}

int main(void) {
    struct sigaction action = {.sa_handler = on_signal}, before;
    use();
    run(work, NULL);
    MUST(sigaction(SIGUSR1, &action, NULL) == 0);
    raise(SIGUSR1);
    MUST(signal(SIGUSR1, on_other) == on_signal);
    use();
    raise(SIGUSR1);
    signal(SIGUSR1, SIG_IGN);
    use();
    action.sa_handler = on_signal;
    MUST(sigaction(SIGUSR1, &action, &before) == 0 && before.sa_handler == SIG_IGN);
    raise(SIGUSR1);
    MUST(sigaction(SIGUSR1, NULL, &before) == 0 && before.sa_handler == on_signal);
    MUST(signal(SIGUSR1, SIG_DFL) == on_signal);
    use();
    run(work, NULL);
    printf("%d\n", seen);
    return 0;
}
