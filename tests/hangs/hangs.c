// hangs.c: waits of different kinds that wait for each other; each case hangs for ever.
//
// usage: hangs CASE
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/programs/order.h"

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER, two = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t table;
static pthread_spinlock_t spin;
static pthread_barrier_t pair;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t items, room;
static pthread_t threads[2], initial;
static int flag, tid;

// The others have come as far, each with its first lock.
static void both(void) {
    step();
    await(2);
}

static void wait_ready(pthread_mutex_t *lock) {
    pthread_mutex_lock(lock);
    while (!flag)
        pthread_cond_wait(&ready, lock);
    pthread_mutex_unlock(lock);
}

static void set_ready(pthread_mutex_t *lock) {
    pthread_mutex_lock(lock);
    flag = 1;
    pthread_cond_signal(&ready);
    pthread_mutex_unlock(lock);
}

// What the two threads of a case do.
static void condition_mutex_1(void) {
    pthread_mutex_lock(&one);
    reach(1);
    wait_ready(&two);
}
static void condition_mutex_2(void) {
    await(1);
    pthread_mutex_lock(&one);
    set_ready(&two);
}
static void semaphore_mutex_1(void) {
    pthread_mutex_lock(&one);
    reach(1);
    sem_wait(&items);
}
static void semaphore_mutex_2(void) {
    await(1);
    pthread_mutex_lock(&one);
    sem_post(&items);
}
static void semaphore_barrier_1(void) {
    sem_wait(&items);
    pthread_barrier_wait(&pair);
}
static void semaphore_barrier_2(void) {
    pthread_barrier_wait(&pair);
    sem_post(&items);
}
static void semaphores_1(void) {
    sem_wait(&items);
    sem_post(&room);
}
static void semaphores_2(void) {
    sem_wait(&room);
    sem_post(&items);
}
static void condition_join_1(void) {
    wait_ready(&one);
}
static void condition_join_2(void) {
    pthread_join(threads[0], NULL);
    set_ready(&one);
}
static void rwlock_mutex_1(void) {
    pthread_rwlock_rdlock(&table);
    both();
    pthread_mutex_lock(&one);
}
static void rwlock_mutex_2(void) {
    pthread_mutex_lock(&one);
    both();
    pthread_rwlock_wrlock(&table);
}
static void read_again_1(void) {
    pthread_rwlock_rdlock(&table);
    reach(1);
    await_blocked(&tid, &table, sizeof table);
    pthread_rwlock_rdlock(&table);
}
static void read_again_2(void) {
    await(1);
    here_is(&tid);
    pthread_rwlock_wrlock(&table);
}
static void spin_join_1(void) {
    await(1);
    pthread_spin_lock(&spin);
}
static void spin_join_2(void) {
    pthread_spin_lock(&spin);
    reach(1);
    pthread_join(threads[0], NULL);
}
static void join_first(void) {
    reach(1);
    pthread_join(threads[0], NULL);
}
static void once_join_1(void) {
    await(1);
    pthread_once(&once, join_first);
}
static void once_join_2(void) {
    pthread_once(&once, join_first);
}
static void wait_for_items(void) {
    reach(1);
    sem_wait(&items);
}
static void once_semaphore_1(void) {
    await(1);
    pthread_once(&once, wait_for_items);
    sem_post(&items);
}
static void once_semaphore_2(void) {
    pthread_once(&once, wait_for_items);
}
static void barrier_join_1(void) {
    pthread_barrier_wait(&pair);
}
static void barrier_join_2(void) {
    pthread_join(threads[0], NULL);
    pthread_barrier_wait(&pair);
}
static void main_join_1(void) {
    pthread_join(initial, NULL);
}
static void main_join_2(void) {
    sem_wait(&items);
}
static void rwlock_spin_1(void) {
    pthread_rwlock_wrlock(&table);
    both();
    pthread_spin_lock(&spin);
}
static void rwlock_spin_2(void) {
    pthread_spin_lock(&spin);
    both();
    pthread_rwlock_rdlock(&table);
}

#define CASE(NAME)                                                                                 \
    {                                                                                              \
#NAME, {                                                                                   \
            NAME##_1, NAME##_2                                                                     \
        }                                                                                          \
    }

static const struct {
    const char *name;
    void (*routine[2])(void);
} cases[] = {
    CASE(condition_mutex), CASE(semaphore_mutex), CASE(semaphore_barrier), CASE(semaphores),
    CASE(condition_join),  CASE(rwlock_mutex),    CASE(read_again),        CASE(spin_join),
    CASE(once_join),       CASE(once_semaphore),  CASE(barrier_join),      CASE(main_join),
    CASE(rwlock_spin),
};

static void (*const *routines)(void);

static void *run(void *which) {
    routines[which != NULL]();
    return NULL;
}

int main(int argc, char **argv) {
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&table, &attributes);
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_barrier_init(&pair, NULL, 2);
    sem_init(&items, 0, 0);
    sem_init(&room, 0, 0);
    initial = pthread_self();
    alarm(60);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (argc < 2)
            puts(cases[i].name);
        else if (strcmp(cases[i].name, argv[1]) == 0)
            routines = cases[i].routine;
    }
    if (!routines)
        return argc < 2 ? 0 : 2;
    pthread_create(&threads[0], NULL, run, NULL);
    pthread_create(&threads[1], NULL, run, threads);
    pthread_join(threads[1], NULL);
    pthread_join(threads[0], NULL);
    return 0;
}
