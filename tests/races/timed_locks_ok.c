// expect: none
// tsan: data-race
// why: libtsan of gcc 12 does not know the functions that name a clock
// Each way to take a lock with a limit takes it.
#include "race.h"

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
sem_t semaphore;
int by_mutex, by_rwlock, by_semaphore;

void *count(void *unused) {
    for (int i = 0; i < 50; i++) {
        struct timespec real = in_ms(CLOCK_REALTIME, 60000), steady = in_ms(CLOCK_MONOTONIC, 60000);
        MUST((i % 2 ? pthread_mutex_timedlock(&mutex, &real)
                    : pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &steady)) == 0);
        by_mutex++;
        pthread_mutex_unlock(&mutex);
        MUST((i % 2 ? pthread_rwlock_timedwrlock(&rwlock, &real)
                    : pthread_rwlock_clockwrlock(&rwlock, CLOCK_MONOTONIC, &steady)) == 0);
        by_rwlock++;
        pthread_rwlock_unlock(&rwlock);
        MUST((i % 2 ? pthread_rwlock_timedrdlock(&rwlock, &real)
                    : pthread_rwlock_clockrdlock(&rwlock, CLOCK_MONOTONIC, &steady)) == 0);
        USE(by_rwlock);
        pthread_rwlock_unlock(&rwlock);
        MUST((i % 2 ? sem_timedwait(&semaphore, &real)
                    : sem_clockwait(&semaphore, CLOCK_MONOTONIC, &steady)) == 0);
        by_semaphore++;
        sem_post(&semaphore);
        if (i % 10 == 0)
            pause_ms(1);
    }
    return unused;
}

int main(void) {
    sem_init(&semaphore, 0, 1);
    both(count, count, NULL);
    printf("%d %d %d\n", by_mutex, by_rwlock, by_semaphore);
    return 0;
}
