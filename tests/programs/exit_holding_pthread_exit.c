// expect: lock-held-at-thread-exit
// pthread_exit from deep inside a call, with two locks held.
#include "program.h"

pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
pthread_rwlock_t inner = PTHREAD_RWLOCK_INITIALIZER;

__attribute__((noinline)) void give_up(void) {
    pthread_exit(NULL);
}

void *work(void *unused) {
    pthread_mutex_lock(&outer);
    pthread_rwlock_wrlock(&inner);
    give_up();
    pthread_rwlock_unlock(&inner);
    pthread_mutex_unlock(&outer);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
