// expect: fork-while-locked
// exit: 0
// A thread forks while another one holds a lock.
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
    if (!child)
        _exit(0);
    MUST(waitpid(child, NULL, 0) == child);
    sem_post(&go);
    finish(thread);
    return 0;
}
