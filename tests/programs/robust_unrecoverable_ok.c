// expect: none
// A robust mutex unlocked without pthread_mutex_consistent is lost for good, and says so.
#include "program.h"

pthread_mutex_t lock;

void *dying(void *unused) {
    MUST(pthread_mutex_lock(&lock) == 0);
    return unused;
}

void *next(void *unused) {
    MUST(pthread_mutex_lock(&lock) == EOWNERDEAD);
    pthread_mutex_unlock(&lock);
    MUST(pthread_mutex_lock(&lock) == ENOTRECOVERABLE);
    MUST(pthread_mutex_trylock(&lock) == ENOTRECOVERABLE);
    return unused;
}

int main(void) {
    pthread_mutexattr_t robust;
    pthread_mutexattr_init(&robust);
    pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&lock, &robust);
    run(dying, NULL);
    run(next, NULL);
    pthread_mutex_destroy(&lock);
    return 0;
}
