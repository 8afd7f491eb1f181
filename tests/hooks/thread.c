/* Threads: attributes, results, the order of their end, and every way to join. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "show.h"

static const struct timespec past = {1, 0};
static pthread_t main_thread;

static void *give(void *arg) {
    return arg;
}

static void *leave(void *arg) {
    pthread_exit(arg);
}

static volatile int stop;

static void *wait_for_stop(void *arg) {
    while (!stop)
        usleep(1000);
    return arg;
}

static void *attributes(void *arg) {
    pthread_attr_t attr;
    size_t size, guard;
    void *base;
    int detached;
    (void)arg;
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstack(&attr, &base, &size);
    pthread_attr_getguardsize(&attr, &guard);
    pthread_attr_getdetachstate(&attr, &detached);
    printf("stack %zu, guard %zu, detached %d\n", size, guard, detached);
    pthread_attr_destroy(&attr);
    return NULL;
}

static void *use_stack(void *arg) {
    /* Most of the smallest stack is there to be used. */
    char room[4000];
    memset(room, (int)(size_t)arg, sizeof room);
    return (void *)(size_t)(room[7] + 1);
}

static pthread_key_t keys[3];
static char order[64];

static void key_ends(void *value) {
    strncat(order, value, sizeof order - strlen(order) - 1);
    if (*(char *)value == 'c' && strlen(order) < 8)
        pthread_setspecific(keys[2], value); /* another round */
}

static void *use_keys(void *arg) {
    pthread_setspecific(keys[0], "a");
    pthread_setspecific(keys[1], "b");
    pthread_setspecific(keys[2], "c");
    return arg;
}

static void cleanup(void *arg) {
    strcat(order, arg);
}

static void *cancel_self(void *arg) {
    pthread_cleanup_push(cleanup, "x");
    pthread_cleanup_push(cleanup, "y");
    pthread_cancel(pthread_self());
    pthread_testcancel();
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return arg;
}

static void *async_cancel(void *arg) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    *(volatile int *)arg = 1;
    for (;;)
        ;
    return arg;
}

static void *join_main_tries(void *arg) {
    (void)arg;
    SHOW(pthread_tryjoin_np(main_thread, NULL));
    SHOW(pthread_join(pthread_self(), NULL));
    return NULL;
}

static void joins(void) {
    pthread_t thread;
    void *result = NULL;
    pthread_create(&thread, NULL, wait_for_stop, (void *)11);
    struct timespec real = from_now(CLOCK_REALTIME, 5), mono = from_now(CLOCK_MONOTONIC, 5);
    SHOW(pthread_tryjoin_np(thread, &result));
    SHOW(pthread_timedjoin_np(thread, &result, &real));
    SHOW(pthread_timedjoin_np(thread, &result, &past));
    SHOW(pthread_clockjoin_np(thread, &result, CLOCK_MONOTONIC, &mono));
    SHOW(pthread_clockjoin_np(thread, &result, CLOCK_PROCESS_CPUTIME_ID, &mono));
    stop = 1;
    SHOW(pthread_timedjoin_np(thread, &result, NULL));
    printf("result %ld\n", (long)result);
    pthread_create(&thread, NULL, give, (void *)12);
    real = from_now(CLOCK_REALTIME, 100000);
    SHOW(pthread_clockjoin_np(thread, &result, CLOCK_REALTIME, &real));
    printf("result %ld\n", (long)result);
    pthread_create(&thread, NULL, leave, (void *)13);
    SHOW(pthread_join(thread, &result));
    printf("result %ld\n", (long)result);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    stop = 0;
    pthread_create(&thread, &attr, wait_for_stop, NULL);
    SHOW(pthread_join(thread, NULL));
    SHOW(pthread_detach(thread));
    pthread_t other;
    pthread_create(&other, NULL, wait_for_stop, NULL);
    SHOW(pthread_detach(other));
    SHOW(pthread_detach(other));
    SHOW(pthread_join(other, NULL));
    stop = 1;
}

int main(void) {
    main_thread = pthread_self();
    pthread_attr_t attr;
    pthread_t thread;
    void *result;
    in_thread(attributes, NULL);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 1 << 20);
    pthread_attr_setguardsize(&attr, 8192);
    SHOW(pthread_create(&thread, &attr, attributes, NULL));
    pthread_join(thread, NULL);
    pthread_attr_setstacksize(&attr, 16384);
    SHOW(pthread_create(&thread, &attr, use_stack, (void *)4));
    pthread_join(thread, &result);
    printf("result %ld\n", (long)result);
    void *stack = aligned_alloc(4096, 65536);
    SHOW(pthread_attr_setstack(&attr, stack, 65536));
    SHOW(pthread_create(&thread, &attr, use_stack, (void *)5));
    pthread_join(thread, &result);
    printf("result %ld\n", (long)result);

    joins();
    in_thread(join_main_tries, NULL);

    for (int i = 0; i < 3; i++)
        pthread_key_create(&keys[i], key_ends);
    in_thread(use_keys, NULL);
    printf("keys %s\n", order);
    order[0] = 0;
    printf("cancelled %d\n", in_thread(cancel_self, NULL) == PTHREAD_CANCELED);
    printf("cleanups %s\n", order);
    volatile int there = 0;
    pthread_create(&thread, NULL, async_cancel, (void *)&there);
    while (!there)
        usleep(100);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("cancelled %d\n", result == PTHREAD_CANCELED);

    SHOW(pthread_setname_np(pthread_self(), "a name that is too long"));
    SHOW(pthread_setname_np(pthread_self(), "worker"));
    char name[16];
    SHOW(pthread_getname_np(pthread_self(), name, sizeof name));
    printf("name %s\n", name);

    long sum = 0;
    for (long i = 0; i < 300; i++) {
        pthread_create(&thread, NULL, i % 2 ? give : leave, (void *)i);
        pthread_join(thread, &result);
        sum += (long)result;
    }
    printf("sum %ld\n", sum);
    fflush(stdout);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    stop = 0;
    pthread_create(&thread, &attr, wait_for_stop, NULL);
    stop = 1;
    pthread_exit(NULL); /* the process ends with 0 when the last thread does */
}
