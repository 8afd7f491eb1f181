/* Conditions: waits that are woken, run out, are refused and are cancelled. */
#include <unistd.h>

#include "show.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int turn;
static const struct timespec past = {1, 0}, broken = {1, 1000000000};

static void *partner(void *arg) {
    pthread_mutex_lock(&m);
    for (int i = 0; i < 100; i++) {
        while (turn != 1)
            pthread_cond_wait(&c, &m);
        turn = 0;
        pthread_cond_signal(&c);
    }
    pthread_mutex_unlock(&m);
    return arg;
}

static void ping_pong(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, partner, NULL);
    pthread_mutex_lock(&m);
    for (int i = 0; i < 100; i++) {
        turn = 1;
        pthread_cond_broadcast(&c);
        while (turn != 0)
            pthread_cond_wait(&c, &m);
    }
    pthread_mutex_unlock(&m);
    pthread_join(thread, NULL);
}

static pthread_mutex_t checked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static int waiting, unlocked;

static void cleanup(void *arg) {
    /* The mutex is held again here. */
    (void)arg;
    unlocked = pthread_mutex_unlock(&checked);
}

static void *cancelled(void *arg) {
    struct timespec far = from_now(CLOCK_REALTIME, 100000);
    struct timespec mono = from_now(CLOCK_MONOTONIC, 100000);
    pthread_mutex_lock(&checked);
    pthread_cleanup_push(cleanup, arg);
    waiting = 1;
    for (;;) {
        if (arg == (void *)0)
            pthread_cond_wait(&c, &checked);
        else if (arg == (void *)1)
            pthread_cond_timedwait(&c, &checked, &far);
        else
            pthread_cond_clockwait(&c, &checked, CLOCK_MONOTONIC, &mono);
    }
    pthread_cleanup_pop(0);
    return NULL;
}

static void cancel(void) {
    for (long way = 0; way < 3; way++) {
        pthread_t thread;
        void *result;
        waiting = 0;
        unlocked = -1;
        pthread_create(&thread, NULL, cancelled, (void *)way);
        for (;;) {
            pthread_mutex_lock(&checked);
            int there = waiting;
            pthread_mutex_unlock(&checked);
            if (there)
                break;
        }
        SHOW(pthread_cancel(thread));
        SHOW(pthread_join(thread, &result));
        printf("cancelled %d, unlock in the cleanup %d\n", result == PTHREAD_CANCELED, unlocked);
    }
}

static void *pending(void *arg) {
    /* A request that is there before the wait acts in it. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_cancel(pthread_self());
    pthread_mutex_lock(&checked);
    pthread_cleanup_push(cleanup, (void *)9);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_cond_timedwait(&c, &checked, &past);
    printf("not reached\n");
    pthread_cleanup_pop(0);
    return arg;
}

int main(void) {
    ping_pong();
    SHOW(pthread_mutex_lock(&m));
    SHOW(pthread_cond_timedwait(&c, &m, &past));
    SHOW(pthread_cond_timedwait(&c, &m, &broken));
    SHOW(pthread_cond_clockwait(&c, &m, CLOCK_MONOTONIC, &past));
    SHOW(pthread_cond_clockwait(&c, &m, CLOCK_PROCESS_CPUTIME_ID, &past));
    SHOW(pthread_mutex_trylock(&m));
    SHOW(pthread_mutex_unlock(&m));
    SHOW(pthread_cond_wait(&c, &checked));
    SHOW(pthread_cond_timedwait(&c, &checked, &past));
    SHOW(pthread_mutex_trylock(&checked));
    SHOW(pthread_mutex_unlock(&checked));
    cancel();
    in_thread(pending, NULL);
    pthread_condattr_t attr;
    pthread_cond_t other;
    pthread_condattr_init(&attr);
    SHOW(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
    SHOW(pthread_cond_init(&other, &attr));
    struct timespec soon = from_now(CLOCK_MONOTONIC, 5);
    pthread_mutex_lock(&m);
    SHOW(pthread_cond_timedwait(&other, &m, &soon));
    pthread_mutex_unlock(&m);
    SHOW(pthread_cond_signal(&other));
    SHOW(pthread_cond_broadcast(&other));
    SHOW(pthread_cond_destroy(&other));
    return 5;
}
