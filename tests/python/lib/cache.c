/* cache.c: a C library as an extension module might be, with a mutex of its own.  ctypes.PyDLL
 * calls it with the interpreter's lock held, ctypes.CDLL without. */
#include <pthread.h>
#include <stddef.h>

#include "asleep.h"

int PyGILState_Ensure(void);
void PyGILState_Release(int state);

static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static int refreshing, looking;
static pid_t joiner;

static void call_back(void) {
    int state = PyGILState_Ensure();
    PyGILState_Release(state);
}

void refresh(void) {
    pthread_mutex_lock(&cache_lock);
    call_back();
    pthread_mutex_unlock(&cache_lock);
}

/* Asks for the interpreter's lock once somebody who has it is about to ask for the mutex. */
void refresh_slowly(void) {
    pthread_mutex_lock(&cache_lock);
    __atomic_store_n(&refreshing, 1, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&looking, __ATOMIC_ACQUIRE))
        rest(1);
    call_back();
    pthread_mutex_unlock(&cache_lock);
}

int is_refreshing(void) {
    return __atomic_load_n(&refreshing, __ATOMIC_ACQUIRE);
}

void look_up(void) {
    __atomic_store_n(&looking, 1, __ATOMIC_RELEASE);
    pthread_mutex_lock(&cache_lock);
    pthread_mutex_unlock(&cache_lock);
}

static void *add_up(void *argument) {
    until_joined_by(joiner);
    return argument;
}

void compute(void) {
    pthread_t thread;
    joiner = gettid();
    if (pthread_create(&thread, NULL, add_up, NULL) == 0)
        pthread_join(thread, NULL);
}
