/* cache.c: a C library as an extension module might be, with a mutex of its own.  ctypes.PyDLL
 * calls it with the interpreter's lock held, ctypes.CDLL without. */
#include <pthread.h>
#include <stddef.h>
#include <time.h>

int PyGILState_Ensure(void);
void PyGILState_Release(int state);

static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static int refreshing;

static void call_back(void) {
    int state = PyGILState_Ensure();
    PyGILState_Release(state);
}

void refresh(void) {
    pthread_mutex_lock(&cache_lock);
    call_back();
    pthread_mutex_unlock(&cache_lock);
}

/* Asks for the interpreter's lock a moment after it took the mutex. */
void refresh_slowly(void) {
    struct timespec pause = {0, 300000000};
    pthread_mutex_lock(&cache_lock);
    __atomic_store_n(&refreshing, 1, __ATOMIC_RELEASE);
    nanosleep(&pause, NULL);
    call_back();
    pthread_mutex_unlock(&cache_lock);
}

int is_refreshing(void) {
    return __atomic_load_n(&refreshing, __ATOMIC_ACQUIRE);
}

void look_up(void) {
    pthread_mutex_lock(&cache_lock);
    pthread_mutex_unlock(&cache_lock);
}

static void *add_up(void *argument) {
    struct timespec pause = {0, 20000000};
    nanosleep(&pause, NULL);
    return argument;
}

void compute(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, add_up, NULL) == 0)
        pthread_join(thread, NULL);
}
