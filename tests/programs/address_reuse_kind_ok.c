// expect: none
// One piece of memory holds a mutex, then a semaphore, then a read-write lock, then a barrier;
// nothing is destroyed in between, as a pool that never calls destroy does it.
#include "program.h"

union any {
    pthread_mutex_t mutex;
    sem_t semaphore;
    pthread_rwlock_t rwlock;
    pthread_barrier_t barrier;
    pthread_cond_t condition;
} * memory;

void *use(void *unused) {
    for (int i = 0; i < 10; i++) {
        memset(memory, 0, sizeof *memory);
        pthread_mutex_init(&memory->mutex, NULL);
        pthread_mutex_lock(&memory->mutex);
        pthread_mutex_unlock(&memory->mutex);
        memset(memory, 0, sizeof *memory);
        sem_init(&memory->semaphore, 0, 1);
        sem_wait(&memory->semaphore);
        sem_post(&memory->semaphore);
        memset(memory, 0, sizeof *memory);
        pthread_rwlock_init(&memory->rwlock, NULL);
        pthread_rwlock_wrlock(&memory->rwlock);
        pthread_rwlock_unlock(&memory->rwlock);
        memset(memory, 0, sizeof *memory);
        pthread_barrier_init(&memory->barrier, NULL, 1);
        pthread_barrier_wait(&memory->barrier);
        memset(memory, 0, sizeof *memory);
        pthread_cond_init(&memory->condition, NULL);
        pthread_cond_signal(&memory->condition);
    }
    return unused;
}

int main(void) {
    memory = malloc(sizeof *memory);
    run(use, NULL);
    free(memory);
    return 0;
}
