// expect: none
// A child made by the clone system call itself, which no function of libc sees.
#include "program.h"
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void) {
    run(work, NULL);
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (!child) {
        work(NULL);
        _exit(7);
    }
    int status;
    MUST(waitpid((pid_t)child, &status, 0) == child && WEXITSTATUS(status) == 7);
    run(work, NULL);
    return 0;
}
