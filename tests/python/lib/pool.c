/* pool.c: a library with a thread of its own, which it joins as the process exits: OpenBLAS and
 * C++ pools in static variables do so, long after the interpreter has ended with its lock held. */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "asleep.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool ends;
static pthread_t worker;
static pid_t joiner;

static void *work(void *unused) {
    pthread_mutex_lock(&lock);
    while (!ends)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    until_joined_by(joiner);
    return unused;
}

void begin(void) {
    pthread_create(&worker, NULL, work, NULL);
}

void end(void) {
    pthread_mutex_lock(&lock);
    ends = true;
    joiner = gettid();
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    pthread_join(worker, NULL);
}

static __attribute__((destructor)) void leave(void) {
    if (!ends && worker)
        end();
}
