// expect: none
// info: long-hold
// A thread keeps a lock over a pause of 300 ms, while another one waits for it.
#include "program.h"

pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
sem_t held;
int tid;

void *reload(void *unused) {
    pthread_mutex_lock(&cache_lock);
    sem_post(&held);
    await_blocked(&tid, &cache_lock, sizeof cache_lock);
    pause_ms(300);
    pthread_mutex_unlock(&cache_lock);
    return unused;
}

void *look_up(void *unused) {
    sem_wait(&held);
    here_is(&tid);
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
