// expect: none
// args: 1
// Eight threads do everything at random - locks of all kinds in one order, tries, time limits,
// conditions, semaphores, barriers, short-lived threads and objects - and nothing of it is wrong.
#include "program.h"

enum { THREADS = 8, ROUNDS = 3000, LOCKS = 24 };
pthread_mutex_t mutexes[LOCKS];
pthread_rwlock_t rwlocks[LOCKS];
pthread_spinlock_t spins[LOCKS];
sem_t places;
pthread_barrier_t barrier;
pthread_mutex_t state = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
int tokens = 4;

void nested(unsigned *seed) {
    int first = rand_r(seed) % LOCKS, second = rand_r(seed) % LOCKS;
    struct timespec limit = in_ms(CLOCK_REALTIME, 60000);
    if (rand_r(seed) % 4 == 0)
        MUST(pthread_mutex_timedlock(&mutexes[first], &limit) == 0);
    else
        pthread_mutex_lock(&mutexes[first]);
    if (rand_r(seed) % 2)
        pthread_rwlock_rdlock(&rwlocks[second]);
    else
        pthread_rwlock_wrlock(&rwlocks[second]);
    pthread_spin_lock(&spins[first]);
    pthread_spin_unlock(&spins[first]);
    if (rand_r(seed) % 2) {
        pthread_mutex_unlock(&mutexes[first]);
        pthread_rwlock_unlock(&rwlocks[second]);
    } else {
        pthread_rwlock_unlock(&rwlocks[second]);
        pthread_mutex_unlock(&mutexes[first]);
    }
}

void tries(unsigned *seed) {
    pthread_mutex_t *some = &mutexes[rand_r(seed) % LOCKS];
    pthread_rwlock_t *other = &rwlocks[rand_r(seed) % LOCKS];
    if (pthread_rwlock_trywrlock(other) == 0) {
        if (pthread_mutex_trylock(some) == 0)
            pthread_mutex_unlock(some);
        pthread_rwlock_unlock(other);
    }
}

void token(void) {
    pthread_mutex_lock(&state);
    while (!tokens)
        pthread_cond_wait(&changed, &state);
    tokens--;
    pthread_mutex_unlock(&state);
    pthread_mutex_lock(&state);
    tokens++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&state);
}

void *brief(void *argument) {
    pthread_mutex_lock(argument);
    pthread_mutex_unlock(argument);
    return NULL;
}

void fresh(void) {
    pthread_mutex_t *own = malloc(sizeof *own);
    pthread_mutex_init(own, NULL);
    pthread_t thread = start(brief, own);
    brief(own);
    finish(thread);
    pthread_mutex_destroy(own);
    free(own);
}

void *work(void *argument) {
    unsigned seed = (unsigned)(intptr_t)argument;
    for (int i = 0; i < ROUNDS; i++) {
        switch (rand_r(&seed) % 5) {
        case 0:
            token();
            break;
        case 1:
            tries(&seed);
            break;
        case 2:
            sem_wait(&places);
            sem_post(&places);
            break;
        default:
            nested(&seed);
        }
        if (i % 500 == 0)
            pthread_barrier_wait(&barrier);
        if (i % 700 == 0)
            fresh();
    }
    return NULL;
}

int main(int argc, char **argv) {
    intptr_t seed = argc > 1 ? atoi(argv[1]) : 1;
    pthread_t threads[THREADS];
    for (int i = 0; i < LOCKS; i++) {
        pthread_mutex_init(&mutexes[i], NULL);
        pthread_rwlock_init(&rwlocks[i], NULL);
        pthread_spin_init(&spins[i], 0);
    }
    sem_init(&places, 0, 3);
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(work, (void *)(seed * THREADS + i));
    for (int i = 0; i < THREADS; i++)
        finish(threads[i]);
    printf("%d\n", tokens);
    return 0;
}
