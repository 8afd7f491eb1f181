// expect: none
// All threads wait on a process-shared semaphore; a child process posts it after 1.3 s.
#include "program.h"
#include <sys/mman.h>
#include <sys/wait.h>

void *waiter(void *argument) {
    MUST(sem_wait(argument) == 0);
    return NULL;
}

int main(void) {
    sem_t *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUST(shared != MAP_FAILED);
    sem_init(shared, 1, 0);
    pid_t child = fork();
    if (!child) {
        pause_ms(1300);
        sem_post(shared);
        _exit(0);
    }
    run(waiter, shared);
    MUST(waitpid(child, NULL, 0) == child);
    return 0;
}
