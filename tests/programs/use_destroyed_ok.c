// expect: none
// Destroyed and initialised anew, each kind of object, several times over.
#include "program.h"

pthread_mutex_t mutex;
pthread_rwlock_t rwlock;
pthread_cond_t condition;
pthread_spinlock_t spin;
pthread_barrier_t barrier;
sem_t semaphore;

void *cycle(void *unused) {
    for (int i = 0; i < 5; i++) {
        pthread_mutex_init(&mutex, NULL);
        pthread_rwlock_init(&rwlock, NULL);
        pthread_cond_init(&condition, NULL);
        pthread_spin_init(&spin, 0);
        pthread_barrier_init(&barrier, NULL, 1);
        sem_init(&semaphore, 0, 1);
        pthread_mutex_lock(&mutex);
        pthread_rwlock_rdlock(&rwlock);
        pthread_spin_lock(&spin);
        pthread_cond_signal(&condition);
        pthread_barrier_wait(&barrier);
        sem_wait(&semaphore);
        pthread_spin_unlock(&spin);
        pthread_rwlock_unlock(&rwlock);
        pthread_mutex_unlock(&mutex);
        sem_destroy(&semaphore);
        pthread_barrier_destroy(&barrier);
        pthread_spin_destroy(&spin);
        pthread_cond_destroy(&condition);
        pthread_rwlock_destroy(&rwlock);
        pthread_mutex_destroy(&mutex);
    }
    return unused;
}

int main(void) {
    run(cycle, NULL);
    run(cycle, NULL);
    return 0;
}
