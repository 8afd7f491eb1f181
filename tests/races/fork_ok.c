// expect: none
// A child writes, in its own memory, what a thread of the parent writes: they share nothing.
#include <sys/wait.h>

#include "race.h"

int value;

void *write_it(void *unused) {
    for (int i = 0; i < 30; i++) {
        value = i;
        SHARED(&value);
        pause_ms(1);
    }
    return unused;
}

int main(void) {
    pthread_t thread = start(write_it, NULL);
    pid_t child = fork();
    if (child == 0) {
        value = -1;
        SHARED(&value);
        _exit(value + 1);
    }
    int status;
    MUST(waitpid(child, &status, 0) == child && status == 0);
    finish(thread);
    return 0;
}
