// expect: signal-unsafe-lock
// A child inherits the handler that its parent installed.
#include "program.h"
#include <signal.h>
#include <sys/wait.h>

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
    raise(SIGUSR1);
    return unused;
}

int main(void) {
    int status;
    signal(SIGUSR1, on_signal);
    pid_t child = fork();
    if (child == 0) {
        run(work, NULL);
        return 0;
    }
    MUST(waitpid(child, &status, 0) == child && status == 0);
    puts("done");
    return 0;
}
