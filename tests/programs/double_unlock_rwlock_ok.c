// expect: none
// As many unlocks as read locks, taken by two threads at once.
#include "program.h"

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
pthread_barrier_t both;

void *work(void *unused) {
    pthread_rwlock_rdlock(&lock);
    pthread_barrier_wait(&both);
    pthread_rwlock_rdlock(&lock);
    pthread_rwlock_unlock(&lock);
    pthread_barrier_wait(&both);
    pthread_rwlock_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_barrier_init(&both, NULL, 2);
    pthread_t first = start(work, NULL), second = start(work, NULL);
    finish(first);
    finish(second);
    pthread_barrier_destroy(&both);
    pthread_rwlock_destroy(&lock);
    return 0;
}
