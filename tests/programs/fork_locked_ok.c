// expect: none
// pthread_atfork handlers hold the lock over the fork and free it on both sides.
#include "program.h"
#include <sys/wait.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
volatile bool stop;

void before(void) {
    pthread_mutex_lock(&lock);
}
void after(void) {
    pthread_mutex_unlock(&lock);
}

void *worker(void *unused) {
    while (!stop) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
        pause_ms(1);
    }
    return unused;
}

int main(void) {
    pthread_atfork(before, after, after);
    pthread_t thread = start(worker, NULL);
    for (int i = 0; i < 5; i++) {
        pid_t child = fork();
        if (!child) {
            pthread_mutex_lock(&lock);
            pthread_mutex_unlock(&lock);
            _exit(7);
        }
        int status;
        MUST(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
    }
    stop = true;
    finish(thread);
    return 0;
}
