// expect: none
// Locks, threads and forks in constructors and destructors of the program.
#include "program.h"
#include <sys/wait.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_once_t once = PTHREAD_ONCE_INIT;
int counter;

void setup(void) {
    counter += 100;
}

void *work(void *unused) {
    pthread_once(&once, setup);
    pthread_mutex_lock(&lock);
    counter++;
    pthread_mutex_unlock(&lock);
    return unused;
}

__attribute__((constructor)) void early(void) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    run(work, NULL);
}

__attribute__((destructor)) void late(void) {
    run(work, NULL);
    pid_t child = fork();
    if (!child)
        _exit(0);
    waitpid(child, NULL, 0);
    dprintf(1, "%d\n", counter);
}

int main(void) {
    run(work, NULL);
    return 0;
}
