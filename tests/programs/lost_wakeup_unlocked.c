// expect: lost-wakeup
// The flag is atomic and set without the mutex: the signal can come between the check and the wait,
// although it does not here.
#include "program.h"

#include <stdatomic.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
atomic_bool is_ready;

int tid;

void *waiter(void *unused) {
    here_is(&tid);
    pthread_mutex_lock(&lock);
    while (!is_ready)
        pthread_cond_wait(&ready, &lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_t thread = start(waiter, NULL);
    await_blocked(&tid, &ready, sizeof ready);
    is_ready = true;
    pthread_cond_signal(&ready);
    finish(thread);
    return 0;
}
