// expect: none
// no: lost-wakeup
// The flag is atomic, but the mutex is taken between its change and the signal.
#include "program.h"

#include <stdatomic.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
atomic_int ready_count;

int tid;

void *waiter(void *unused) {
    here_is(&tid);
    for (int i = 1; i <= 2; i++) {
        pthread_mutex_lock(&lock);
        while (ready_count < i)
            pthread_cond_wait(&ready, &lock);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void) {
    pthread_t thread = start(waiter, NULL);
    for (int i = 1; i <= 2; i++) {
        await_blocked(&tid, &ready, sizeof ready);
        ready_count++;
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
        pthread_cond_signal(&ready);
    }
    finish(thread);
    return 0;
}
