// expect: lost-wakeup (hang)
// also: deadlock
// The signal comes before the wait, and no predicate remembers it.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t ready = PTHREAD_COND_INITIALIZER;

void *waiter(void *unused) {
    await(1);
    pthread_mutex_lock(&lock);
    pthread_cond_wait(&ready, &lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_t thread = start(waiter, NULL);
    pthread_mutex_lock(&lock);
    pthread_cond_signal(&ready);
    pthread_mutex_unlock(&lock);
    reach(1);
    finish(thread);
    return 0;
}
