// expect: none
// errno stays what it was across every call that does not set it, and is set by those that do.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
pthread_spinlock_t spin;
pthread_barrier_t barrier;
pthread_once_t once = PTHREAD_ONCE_INIT;
sem_t sem;

void nothing(void) {}
void *thread(void *argument) {
    return argument;
}

#define KEEPS(call)                                                                                \
    do {                                                                                           \
        errno = 4711;                                                                              \
        call;                                                                                      \
        MUST(errno == 4711);                                                                       \
    } while (0)

void *work(void *unused) {
    struct timespec past = {1, 0};
    pthread_t other;
    pthread_mutex_t fresh;
    KEEPS(pthread_mutex_init(&fresh, NULL));
    KEEPS(pthread_mutex_lock(&lock));
    KEEPS(MUST(pthread_mutex_trylock(&lock) == EBUSY));
    KEEPS(MUST(pthread_mutex_timedlock(&lock, &past) == ETIMEDOUT));
    KEEPS(MUST(pthread_cond_timedwait(&condition, &lock, &past) == ETIMEDOUT));
    KEEPS(pthread_mutex_unlock(&lock));
    KEEPS(pthread_cond_signal(&condition));
    KEEPS(pthread_cond_broadcast(&condition));
    KEEPS(pthread_rwlock_rdlock(&rwlock));
    KEEPS(MUST(pthread_rwlock_trywrlock(&rwlock) == EBUSY));
    KEEPS(MUST(pthread_rwlock_timedwrlock(&rwlock, &past) == ETIMEDOUT));
    KEEPS(pthread_rwlock_unlock(&rwlock));
    KEEPS(pthread_spin_lock(&spin));
    KEEPS(MUST(pthread_spin_trylock(&spin) == EBUSY));
    KEEPS(pthread_spin_unlock(&spin));
    KEEPS(pthread_barrier_wait(&barrier));
    KEEPS(pthread_once(&once, nothing));
    KEEPS(sem_post(&sem));
    KEEPS(sem_wait(&sem));
    errno = 0;
    MUST(sem_trywait(&sem) == -1 && errno == EAGAIN);
    MUST(sem_timedwait(&sem, &past) == -1 && errno == ETIMEDOUT);
    MUST(sem_clockwait(&sem, CLOCK_MONOTONIC, &past) == -1 && errno == ETIMEDOUT);
    KEEPS(MUST(pthread_create(&other, NULL, thread, NULL) == 0));
    KEEPS(MUST(pthread_join(other, NULL) == 0));
    KEEPS(pthread_mutex_destroy(&fresh));
    return unused;
}

int main(void) {
    pthread_spin_init(&spin, 0);
    pthread_barrier_init(&barrier, NULL, 1);
    sem_init(&sem, 0, 0);
    run(work, NULL);
    work(NULL);
    return 0;
}
