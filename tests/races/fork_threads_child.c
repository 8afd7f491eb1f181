// expect: data-race
// A child of a program that had threads makes threads of its own, and these race.
#include <sys/wait.h>

#include "race.h"

int counter;

void *count(void *unused) {
    counter++;
    return unused;
}

int main(void) {
    run(count, NULL);
    pid_t child = fork();
    if (child == 0) {
        both(count, count, NULL);
        _exit(0);
    }
    int status;
    MUST(waitpid(child, &status, 0) == child && status == 0);
    return 0;
}
