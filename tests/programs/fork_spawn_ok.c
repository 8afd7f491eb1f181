// expect: none
// posix_spawn, system, popen and daemon while other threads lock.
#include "program.h"
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
volatile bool stop;

void *worker(void *unused) {
    while (!stop) {
        pthread_mutex_lock(&lock);
        pause_ms(1);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void) {
    char *arguments[] = {"sh", "-c", "exit 3", NULL};
    pthread_t first = start(worker, NULL), second = start(worker, NULL);
    for (int i = 0; i < 3; i++) {
        pid_t child;
        int status;
        MUST(posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ) == 0);
        MUST(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3);
        MUST(WEXITSTATUS(system("exit 4")) == 4);
        FILE *pipe = popen("exit 5", "r");
        MUST(pipe && WEXITSTATUS(pclose(pipe)) == 5);
    }
    stop = true;
    finish(first);
    finish(second);
    return 0;
}
