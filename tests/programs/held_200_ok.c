// expect: none
// 200 locks of several kinds held at once, released in the order of taking.
#include "program.h"

pthread_mutex_t mutexes[100];
pthread_rwlock_t rwlocks[80];
pthread_spinlock_t spins[20];

void *take_all(void *unused) {
    for (int i = 0; i < 100; i++)
        pthread_mutex_lock(&mutexes[i]);
    for (int i = 0; i < 80; i++)
        if (i % 2)
            pthread_rwlock_rdlock(&rwlocks[i]);
        else
            pthread_rwlock_wrlock(&rwlocks[i]);
    for (int i = 0; i < 20; i++)
        pthread_spin_lock(&spins[i]);
    for (int i = 0; i < 100; i++)
        pthread_mutex_unlock(&mutexes[i]);
    for (int i = 0; i < 80; i++)
        pthread_rwlock_unlock(&rwlocks[i]);
    for (int i = 0; i < 20; i++)
        pthread_spin_unlock(&spins[i]);
    return unused;
}

int main(void) {
    for (int i = 0; i < 100; i++)
        pthread_mutex_init(&mutexes[i], NULL);
    for (int i = 0; i < 80; i++)
        pthread_rwlock_init(&rwlocks[i], NULL);
    for (int i = 0; i < 20; i++)
        pthread_spin_init(&spins[i], 0);
    run(take_all, NULL);
    run(take_all, NULL);
    pthread_t first = start(take_all, NULL), second = start(take_all, NULL);
    finish(first);
    finish(second);
    return 0;
}
