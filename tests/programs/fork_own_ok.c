// expect: none
// The forking thread holds the lock itself; parent and child each release their copy.
#include "program.h"
#include <sys/wait.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *idle(void *unused) {
    pause_ms(100);
    return unused;
}

int main(void) {
    pthread_t thread = start(idle, NULL);
    pthread_mutex_lock(&lock);
    pid_t child = fork();
    pthread_mutex_unlock(&lock);
    if (!child) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
        _exit(3);
    }
    int status;
    MUST(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3);
    finish(thread);
    return 0;
}
