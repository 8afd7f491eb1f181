// expect: double-init
// A mutex is initialised again while another thread holds it.
#include "program.h"

pthread_mutex_t lock;
sem_t locked, go;

void *holder(void *unused) {
    pthread_mutex_lock(&lock);
    sem_post(&locked);
    sem_wait(&go);
    return unused;
}

int main(void) {
    pthread_mutex_init(&lock, NULL);
    sem_init(&locked, 0, 0);
    sem_init(&go, 0, 0);
    pthread_t thread = start(holder, NULL);
    sem_wait(&locked);
    pthread_mutex_init(&lock, NULL);
    _exit(0);
    finish(thread);
}
