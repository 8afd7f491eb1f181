// expect: none
// A robust mutex is meant for owners that end; the next one repairs the state.
#include "program.h"

pthread_mutex_t lock;

void *dying(void *unused) {
    MUST(pthread_mutex_lock(&lock) == 0);
    return unused;
}

void *next(void *unused) {
    int result = pthread_mutex_lock(&lock);
    printf("%d\n", result == EOWNERDEAD);
    if (result == EOWNERDEAD)
        MUST(pthread_mutex_consistent(&lock) == 0);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_mutexattr_t robust;
    pthread_mutexattr_init(&robust);
    pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&lock, &robust);
    run(dying, NULL);
    run(next, NULL);
    run(next, NULL);
    run(dying, NULL);
    MUST(pthread_mutex_trylock(&lock) == EOWNERDEAD);
    pthread_mutex_consistent(&lock);
    pthread_mutex_unlock(&lock);
    pthread_mutex_destroy(&lock);
    return 0;
}
