// expect: none
// A child made by the clone system call itself, while the hang watch runs, that wants to be alone:
// the watch is not there in the child, and its end not to be waited for.
#include "program.h"
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

sem_t end;

void *wait_for_end(void *unused) {
    MUST(sem_wait(&end) == 0);
    return unused;
}

int main(void) {
    MUST(sem_init(&end, 0, 0) == 0);
    pthread_t waiter;
    MUST(pthread_create(&waiter, NULL, wait_for_end, NULL) == 0);
    usleep(50000);
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (!child)
        _exit(unshare(CLONE_FILES) == 0 && setuid(getuid()) == 0 ? 7 : 1);
    int status;
    MUST(waitpid((pid_t)child, &status, 0) == child && WEXITSTATUS(status) == 7);
    MUST(sem_post(&end) == 0);
    MUST(pthread_join(waiter, NULL) == 0);
    return 0;
}
