// expect: deadlock (hang)
// One thread waits at a barrier with a lock that the other needs before it comes to the barrier.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_barrier_t barrier;

void *holder(void *unused) {
    pthread_mutex_lock(&lock);
    reach(1);
    pthread_barrier_wait(&barrier);
    pthread_mutex_unlock(&lock);
    return unused;
}

void *comer(void *unused) {
    await(1);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    pthread_barrier_wait(&barrier);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_t first = start(holder, NULL), second = start(comer, NULL);
    finish(first);
    finish(second);
    return 0;
}
