// expect: none
// Handlers of pthread_atfork, which run in the child before anything else does, use what is shared.
#include <stdlib.h>
#include <sys/wait.h>

#include "race.h"

enum { CELLS = 1000 };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int cells[CELLS];

static __attribute__((noinline)) void touch(int by) {
    for (int i = 0; i < CELLS; i++)
        cells[i] += by;
    SHARED(cells);
}

static void before(void) {
    pthread_mutex_lock(&mutex);
    touch(1);
}

static void in_parent(void) {
    touch(2);
    pthread_mutex_unlock(&mutex);
}

static void in_child(void) {
    touch(3);
    pthread_mutex_init(&mutex, NULL);
    pthread_mutex_lock(&mutex);
    touch(4);
    pthread_mutex_unlock(&mutex);
}

static void *add(void *unused) {
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&mutex);
        touch(1);
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

int main(void) {
    MUST(pthread_atfork(before, in_parent, in_child) == 0);
    pthread_t thread = start(add, NULL);
    for (int i = 0; i < 4; i++) {
        pid_t child = fork();
        if (child == 0) {
            touch(1);
            free(calloc(100, 1));
            finish(start(add, NULL));
            _exit(3);
        }
        int status;
        MUST(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 3);
    }
    finish(thread);
    return 0;
}
