// expect: none
// Threads wait on a condition for longer than the hang watch waits; what wakes them comes from a
// child process through a pipe.
#include "program.h"
#include <sys/wait.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
bool data;

void *waiter(void *unused) {
    pthread_mutex_lock(&lock);
    while (!data)
        pthread_cond_wait(&arrived, &lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    int ends[2];
    char byte;
    MUST(pipe(ends) == 0);
    pid_t child = fork();
    if (!child) {
        pause_ms(1300);
        _exit(write(ends[1], "x", 1) != 1);
    }
    pthread_t first = start(waiter, NULL), second = start(waiter, NULL);
    MUST(read(ends[0], &byte, 1) == 1);
    pthread_mutex_lock(&lock);
    data = true;
    pthread_cond_broadcast(&arrived);
    pthread_mutex_unlock(&lock);
    finish(first);
    finish(second);
    MUST(waitpid(child, NULL, 0) == child);
    return 0;
}
