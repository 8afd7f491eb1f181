// expect: none
// A process-shared semaphore guards a section: this process waits, the child posts.
#include "program.h"
#include <sys/mman.h>
#include <sys/wait.h>

void *idle(void *unused) {
    pause_ms(50);
    return unused;
}

int main(void) {
    sem_t *sems = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUST(sems != MAP_FAILED);
    sem_init(&sems[0], 1, 1);
    sem_init(&sems[1], 1, 0);
    pthread_t thread = start(idle, NULL);
    pid_t child = fork();
    if (!child) {
        for (int i = 0; i < 20; i++) {
            sem_wait(&sems[1]);
            sem_post(&sems[0]);
        }
        _exit(0);
    }
    for (int i = 0; i < 20; i++) {
        sem_wait(&sems[0]);
        sem_post(&sems[1]);
    }
    finish(thread);
    MUST(waitpid(child, NULL, 0) == child);
    return 0;
}
