// expect: none
// exit: SIGKILL
// SIGKILL arrives while two threads lock as fast as they can.
#include "program.h"
#include <signal.h>

pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void *work(void *unused) {
    for (;;) {
        pthread_rwlock_rdlock(&table);
        pthread_mutex_lock(&left);
        pthread_mutex_lock(&right);
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&left);
        pthread_mutex_unlock(&right);
        pthread_rwlock_unlock(&table);
    }
    return unused;
}

int main(void) {
    start(work, NULL);
    start(work, NULL);
    pause_ms(80);
    kill(getpid(), SIGKILL);
    return 0;
}
