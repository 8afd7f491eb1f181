// expect: none
// Locks on the stack, never destroyed, in frames that come and go at the same addresses.
#include "program.h"

pthread_mutex_t shared = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noinline)) void local_first(void) {
    pthread_mutex_t local;
    pthread_mutex_init(&local, NULL);
    pthread_mutex_lock(&local);
    pthread_mutex_lock(&shared);
    pthread_mutex_unlock(&shared);
    pthread_mutex_unlock(&local);
}

__attribute__((noinline)) void shared_first(void) {
    pthread_mutex_t local;
    pthread_mutex_init(&local, NULL);
    pthread_mutex_lock(&shared);
    pthread_mutex_lock(&local);
    pthread_mutex_unlock(&local);
    pthread_mutex_unlock(&shared);
}

void *worker(void *unused) {
    for (int i = 0; i < 100; i++) {
        local_first();
        shared_first();
        local_first();
    }
    return unused;
}

int main(void) {
    pthread_t threads[2] = {start(worker, NULL), start(worker, NULL)};
    finish(threads[0]);
    finish(threads[1]);
    return 0;
}
