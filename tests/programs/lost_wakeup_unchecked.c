// expect: none
// info: lost-wakeup
// The waiter checks nothing, and the signal comes late by luck only.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t ready = PTHREAD_COND_INITIALIZER;

int tid;

void *waiter(void *unused) {
    here_is(&tid);
    pthread_mutex_lock(&lock);
    pthread_cond_wait(&ready, &lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_t thread = start(waiter, NULL);
    await_blocked(&tid, &ready, sizeof ready);
    pthread_mutex_lock(&lock);
    pthread_cond_signal(&ready);
    pthread_mutex_unlock(&lock);
    finish(thread);
    return 0;
}
