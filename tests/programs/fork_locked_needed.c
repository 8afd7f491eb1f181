// expect: fork-while-locked
// also: deadlock, lock-held-at-thread-exit
// The child needs the lock that a thread of its parent held: it never gets it.
#include "program.h"
#include <sys/wait.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
sem_t locked, go;

void *holder(void *unused) {
    pthread_mutex_lock(&lock);
    sem_post(&locked);
    sem_wait(&go);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    sem_init(&locked, 0, 0);
    sem_init(&go, 0, 0);
    pthread_t thread = start(holder, NULL);
    sem_wait(&locked);
    pid_t child = fork();
    if (!child) {
        struct timespec limit = in_ms(CLOCK_REALTIME, 100);
        _exit(pthread_mutex_timedlock(&lock, &limit) == ETIMEDOUT ? 5 : 6);
    }
    int status;
    MUST(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 5);
    sem_post(&go);
    finish(thread);
    return 0;
}
