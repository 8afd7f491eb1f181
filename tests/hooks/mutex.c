/* Every kind of mutex, free, held by this thread, held by another, and orphaned. */
#include <stdint.h>

#include "show.h"

static const struct timespec past = {1, 0}, broken = {1, 1000000000}, negative = {1, -1};

static void *by_another(void *arg) {
    pthread_mutex_t *m = arg;
    struct timespec real = from_now(CLOCK_REALTIME, 5), mono = from_now(CLOCK_MONOTONIC, 5);
    SHOW(pthread_mutex_trylock(m));
    SHOW(pthread_mutex_timedlock(m, &real));
    SHOW(pthread_mutex_timedlock(m, &past));
    SHOW(pthread_mutex_timedlock(m, &broken));
    SHOW(pthread_mutex_timedlock(m, &negative));
    SHOW(pthread_mutex_clocklock(m, CLOCK_MONOTONIC, &mono));
    SHOW(pthread_mutex_clocklock(m, CLOCK_REALTIME, &broken));
    SHOW(pthread_mutex_clocklock(m, CLOCK_PROCESS_CPUTIME_ID, &mono));
    SHOW(pthread_mutex_clocklock(m, -1, &mono));
    return NULL;
}

static void *unlock_by_another(void *arg) {
    SHOW(pthread_mutex_unlock(arg));
    return NULL;
}

static void try_kind(int type, int robust, int protocol) {
    printf("type %d robust %d protocol %d\n", type, robust, protocol);
    pthread_mutexattr_t attr;
    pthread_mutex_t m;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, type);
    pthread_mutexattr_setrobust(&attr, robust);
    pthread_mutexattr_setprotocol(&attr, protocol);
    SHOW(pthread_mutex_init(&m, &attr));
    SHOW(pthread_mutex_timedlock(&m, &broken));
    SHOW(pthread_mutex_unlock(&m));
    SHOW(pthread_mutex_clocklock(&m, CLOCK_PROCESS_CPUTIME_ID, &past));
    SHOW(pthread_mutex_clocklock(&m, CLOCK_MONOTONIC, &past));
    SHOW(pthread_mutex_destroy(&m));
    in_thread(by_another, &m);
    if (type == PTHREAD_MUTEX_ERRORCHECK || type == PTHREAD_MUTEX_RECURSIVE) {
        in_thread(unlock_by_another, &m);
        struct timespec soon = from_now(CLOCK_REALTIME, 5);
        SHOW(pthread_mutex_lock(&m));
        SHOW(pthread_mutex_trylock(&m));
        SHOW(pthread_mutex_timedlock(&m, &soon));
        SHOW(pthread_mutex_clocklock(&m, CLOCK_MONOTONIC, &soon));
    }
    int depth = 0;
    while (pthread_mutex_unlock(&m) == 0 && ++depth < 10 && type == PTHREAD_MUTEX_RECURSIVE)
        ;
    printf("depth %d\n", depth);
    if (type == PTHREAD_MUTEX_ERRORCHECK)
        SHOW(pthread_mutex_unlock(&m));
    SHOW(pthread_mutex_destroy(&m));
    pthread_mutexattr_destroy(&attr);
}

static void *orphan(void *arg) {
    SHOW(pthread_mutex_lock(arg));
    return NULL;
}

static void robust(void) {
    for (int way = 0; way < 5; way++) {
        pthread_mutexattr_t attr;
        pthread_mutex_t m;
        pthread_mutexattr_init(&attr);
        pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
        pthread_mutex_init(&m, &attr);
        in_thread(orphan, &m);
        struct timespec soon = from_now(CLOCK_REALTIME, 1000);
        if (way == 0)
            SHOW(pthread_mutex_lock(&m));
        else if (way == 1)
            SHOW(pthread_mutex_trylock(&m));
        else if (way == 2)
            SHOW(pthread_mutex_timedlock(&m, &soon));
        else if (way == 3)
            SHOW(pthread_mutex_clocklock(&m, CLOCK_REALTIME, &soon));
        else
            SHOW(pthread_mutex_lock(&m));
        if (way < 4)
            SHOW(pthread_mutex_consistent(&m));
        SHOW(pthread_mutex_unlock(&m));
        SHOW(pthread_mutex_lock(&m));
        SHOW(pthread_mutex_trylock(&m));
        SHOW(pthread_mutex_timedlock(&m, &past));
        if (way < 4)
            SHOW(pthread_mutex_unlock(&m));
        SHOW(pthread_mutex_destroy(&m));
    }
}

int main(void) {
    static const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE,
                                PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ADAPTIVE_NP};
    for (unsigned i = 0; i < 4; i++)
        for (int robust_kind = 0; robust_kind < 2; robust_kind++)
            for (int protocol = 0; protocol < 2; protocol++)
                try_kind(types[i], robust_kind, protocol);
    robust();
    pthread_mutex_t statics[] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP,
                                 PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP};
    for (int i = 0; i < 3; i++) {
        SHOW(pthread_mutex_lock(&statics[i]));
        SHOW(pthread_mutex_trylock(&statics[i]));
        SHOW(pthread_mutex_unlock(&statics[i]));
    }
    return 5;
}
