// expect: none
// Threads with the smallest stack there may be: locks, a condition, cancellation, pthread_exit.
#include <limits.h>

#include "program.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int arrived, initialised;

static void initialise(void) {
    initialised++;
}

static void arrive(void) {
    pthread_once(&once, initialise);
    pthread_mutex_lock(&mutex);
    arrived++;
    pthread_cond_signal(&ready);
    pthread_mutex_unlock(&mutex);
}

static void *cancelled(void *unused) {
    arrive();
    for (int i = 0; i < 1000; i++)
        sleep(1); /* until it is cancelled */
    return unused;
}

static void *leaves(void *unused) {
    arrive();
    pthread_exit(unused);
}

static void *returns(void *unused) {
    arrive();
    return unused;
}

int main(void) {
    void *(*const routines[])(void *) = {cancelled, leaves, returns};
    pthread_attr_t smallest;
    pthread_attr_init(&smallest);
    MUST(pthread_attr_setstacksize(&smallest, (size_t)PTHREAD_STACK_MIN) == 0);
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        void *result;
        MUST(pthread_create(&thread, &smallest, routines[i], NULL) == 0);
        pthread_mutex_lock(&mutex);
        while (arrived <= i)
            pthread_cond_wait(&ready, &mutex);
        pthread_mutex_unlock(&mutex);
        if (i == 0)
            pthread_cancel(thread);
        MUST(pthread_join(thread, &result) == 0 && (i == 0) == (result == PTHREAD_CANCELED));
    }
    pthread_attr_destroy(&smallest);
    return initialised != 1;
}
