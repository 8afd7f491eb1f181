// expect: none
// A thread forks while another one holds a lock; the child becomes another program at once.
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
    for (int i = 0; i < 3; i++) {
        int status;
        pid_t child = fork();
        if (!child) {
            execl("/bin/no-such-program", "no-such-program", (char *)NULL);
            execl("/bin/sh", "sh", "-c", "exit 3", (char *)NULL);
            _exit(1);
        }
        MUST(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3);
    }
    sem_post(&go);
    finish(thread);
    return 0;
}
