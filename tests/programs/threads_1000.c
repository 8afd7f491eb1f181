// expect: lock-order-inversion
// Among 1,000 live threads two take a pair of locks in opposite orders.
#include "program.h"

enum { COUNT = 1000 };
pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
pthread_barrier_t all_here;

void *work(void *argument) {
    intptr_t me = (intptr_t)argument;
    pthread_barrier_wait(&all_here);
    if (me == 17) {
        pthread_mutex_lock(&left);
        pthread_mutex_lock(&right);
        pthread_mutex_unlock(&right);
        pthread_mutex_unlock(&left);
        reach(1);
    } else if (me == 900) {
        await(1);
        pthread_mutex_lock(&right);
        pthread_mutex_lock(&left);
        pthread_mutex_unlock(&left);
        pthread_mutex_unlock(&right);
    }
    return NULL;
}

int main(void) {
    static pthread_t threads[COUNT];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 * 1024);
    pthread_barrier_init(&all_here, NULL, COUNT);
    for (intptr_t i = 0; i < COUNT; i++)
        MUST(pthread_create(&threads[i], &attributes, work, (void *)i) == 0);
    for (int i = 0; i < COUNT; i++)
        finish(threads[i]);
    pthread_barrier_destroy(&all_here);
    return 0;
}
