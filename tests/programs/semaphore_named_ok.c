// expect: none
// A named semaphore opened twice, posted in a child process, closed, opened again.
#include "program.h"
#include <fcntl.h>
#include <sys/wait.h>

char name[64];

void *work(void *argument) {
    sem_t *sem = argument;
    for (int i = 0; i < 10; i++) {
        sem_wait(sem);
        sem_post(sem);
    }
    return NULL;
}

int main(void) {
    snprintf(name, sizeof name, "/tc-named-%d", (int)getpid());
    sem_t *sem = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
    MUST(sem != SEM_FAILED && sem_open(name, 0) == sem);
    pid_t child = fork();
    if (!child) {
        sem_post(sem);
        _exit(0);
    }
    sem_wait(sem);
    MUST(waitpid(child, NULL, 0) == child);
    sem_post(sem);
    pthread_t first = start(work, sem), second = start(work, sem);
    finish(first);
    finish(second);
    sem_close(sem);
    sem_close(sem);
    sem = sem_open(name, 0);
    MUST(sem != SEM_FAILED);
    sem_wait(sem);
    sem_close(sem);
    sem_unlink(name);
    return 0;
}
