// expect: data-race
// After a fork the child's two threads race; the parent only waits.
#include <sys/wait.h>

#include "race.h"

int value;

void *write_it(void *unused) {
    value = 1;
    return unused;
}

void *write_later(void *unused) {
    later();
    value = 2;
    return unused;
}

void *nothing(void *unused) {
    return unused;
}

int main(void) {
    run(nothing, NULL);
    pid_t child = fork();
    if (child == 0) {
        both(write_it, write_later, NULL);
        exit(0);
    }
    int status;
    MUST(waitpid(child, &status, 0) == child);
    return 0;
}
