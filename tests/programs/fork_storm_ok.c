// expect: none
// Three threads fork and wait at the same time, while a fourth takes locks of its own.
#include "program.h"
#include <sys/wait.h>

pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;

void *forker(void *unused) {
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();
        if (!child)
            _exit(i);
        int status;
        MUST(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == i);
    }
    return unused;
}

int main(void) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = start(forker, NULL);
    for (int i = 0; i < 3; i++)
        finish(threads[i]);
    return 0;
}
