// expect: none
// no: long-hold
// The pause comes before the lock: nobody waits long.
#include "program.h"

pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
sem_t held;

void *reload(void *unused) {
    pause_ms(300);
    pthread_mutex_lock(&cache_lock);
    pthread_mutex_unlock(&cache_lock);
    sem_post(&held);
    return unused;
}

void *look_up(void *unused) {
    sem_wait(&held);
    pthread_mutex_lock(&cache_lock);
    pthread_mutex_unlock(&cache_lock);
    return unused;
}

int main(void) {
    MUST(sem_init(&held, 0, 0) == 0);
    pthread_t first = start(reload, NULL), second = start(look_up, NULL);
    finish(first);
    finish(second);
    return 0;
}
