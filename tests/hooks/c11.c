/* C11 threads. */
#include <threads.h>

#include "show.h"

static mtx_t m;
static cnd_t c;
static int turn;
static thread_local int mine;
static const struct timespec past = {1, 0}, broken = {1, 1000000000};

static int give(void *arg) {
    mine++;
    return (int)(long)arg;
}

static int leave(void *arg) {
    thrd_exit((int)(long)arg);
}

static int partner(void *arg) {
    mtx_lock(&m);
    for (int i = 0; i < 50; i++) {
        while (turn != 1)
            cnd_wait(&c, &m);
        turn = 0;
        cnd_signal(&c);
    }
    mtx_unlock(&m);
    return (int)(long)arg;
}

static int attempts(void *arg) {
    mtx_t *mutex = arg;
    struct timespec soon;
    SHOW(mtx_trylock(mutex));
    timespec_get(&soon, TIME_UTC);
    SHOW(mtx_timedlock(mutex, &soon));
    SHOW(mtx_timedlock(mutex, &past));
    SHOW(mtx_timedlock(mutex, &broken));
    return 0;
}

static void try_type(int type) {
    mtx_t mutex;
    thrd_t thread;
    printf("type %d\n", type);
    SHOW(mtx_init(&mutex, type));
    SHOW(mtx_lock(&mutex));
    if (type & mtx_recursive) {
        SHOW(mtx_lock(&mutex));
        SHOW(mtx_trylock(&mutex));
        SHOW(mtx_timedlock(&mutex, &past));
        SHOW(mtx_unlock(&mutex));
        SHOW(mtx_unlock(&mutex));
        SHOW(mtx_unlock(&mutex));
    } else {
        SHOW(mtx_trylock(&mutex));
    }
    thrd_create(&thread, attempts, &mutex);
    thrd_join(thread, NULL);
    SHOW(mtx_unlock(&mutex));
    if (type & mtx_recursive)
        SHOW(mtx_unlock(&mutex));
    SHOW(mtx_timedlock(&mutex, &broken));
    SHOW(mtx_unlock(&mutex));
    mtx_destroy(&mutex);
}

int main(void) {
    thrd_t thread;
    int result = 0;
    SHOW(mtx_init(&m, 99));
    try_type(mtx_plain);
    try_type(mtx_timed);
    try_type(mtx_plain | mtx_recursive);
    try_type(mtx_timed | mtx_recursive);
    SHOW(mtx_init(&m, mtx_plain));
    SHOW(cnd_init(&c));
    SHOW(thrd_create(&thread, partner, (void *)21));
    mtx_lock(&m);
    for (int i = 0; i < 50; i++) {
        turn = 1;
        cnd_broadcast(&c);
        while (turn != 0)
            cnd_wait(&c, &m);
    }
    SHOW(cnd_timedwait(&c, &m, &past));
    SHOW(cnd_timedwait(&c, &m, &broken));
    mtx_unlock(&m);
    SHOW(thrd_join(thread, &result));
    printf("result %d\n", result);
    SHOW(thrd_create(&thread, leave, (void *)22));
    SHOW(thrd_join(thread, &result));
    printf("result %d\n", result);
    SHOW(thrd_create(&thread, give, (void *)23));
    SHOW(thrd_detach(thread));
    SHOW(thrd_create(&thread, give, (void *)24));
    SHOW(thrd_join(thread, NULL));
    printf("mine %d\n", mine);
    cnd_destroy(&c);
    mtx_destroy(&m);
    return 5;
}
