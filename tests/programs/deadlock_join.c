// expect: deadlock (hang)
// A join while holding the lock that the joined thread needs.
#include "program.h"

pthread_mutex_t state = PTHREAD_MUTEX_INITIALIZER;

void *worker(void *unused) {
    await(1);
    pthread_mutex_lock(&state);
    pthread_mutex_unlock(&state);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_t thread = start(worker, NULL);
    pthread_mutex_lock(&state);
    reach(1);
    finish(thread);
    pthread_mutex_unlock(&state);
    return 0;
}
