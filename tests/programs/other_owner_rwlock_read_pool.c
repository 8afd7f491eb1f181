// expect: release-by-non-owner
// findings: 1
// A thread of a pool takes a read lock, and another gives it back for it: that is the one mistake,
// and no lock is left behind when the thread ends.
#include "program.h"

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
pthread_barrier_t taken, given_back;

void *worker(void *unused) {
    pthread_rwlock_rdlock(&lock);
    pthread_barrier_wait(&taken);
    pthread_barrier_wait(&given_back);
    return unused;
}

int main(void) {
    pthread_t thread;
    pthread_barrier_init(&taken, NULL, 2);
    pthread_barrier_init(&given_back, NULL, 2);
    pthread_create(&thread, NULL, worker, NULL);
    pthread_barrier_wait(&taken);
    pthread_rwlock_unlock(&lock);
    pthread_barrier_wait(&given_back);
    pthread_join(thread, NULL);
    pthread_rwlock_wrlock(&lock);
    pthread_rwlock_unlock(&lock);
    return 0;
}
