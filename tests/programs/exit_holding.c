// expect: lock-held-at-thread-exit
// A thread returns on its error path without the unlock.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *work(void *argument) {
    pthread_mutex_lock(&lock);
    if (argument)
        return argument;
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void) {
    run(work, (void *)1);
    return 0;
}
