// expect: none
// A semaphore that begins at 1 and is handed on from thread to thread is no lock, whatever mutexes
// are around it.
#include "program.h"

sem_t turn[2];
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *player(void *argument) {
    intptr_t me = (intptr_t)argument;
    for (int i = 0; i < 100; i++) {
        sem_wait(&turn[me]);
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
        pthread_mutex_lock(&lock);
        sem_post(&turn[1 - me]);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void) {
    sem_init(&turn[0], 0, 1);
    sem_init(&turn[1], 0, 0);
    pthread_t first = start(player, (void *)0), second = start(player, (void *)1);
    finish(first);
    finish(second);
    return 0;
}
