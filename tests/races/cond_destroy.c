// expect: data-race
// A condition is signalled once the mutex was given back: whoever waited may have destroyed it.
#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static int ready;

static void *tell(void *unused) {
    pthread_mutex_lock(&lock);
    ready = 1;
    pthread_mutex_unlock(&lock);
    pthread_cond_signal(&changed);
    return unused;
}

static void *wait_and_destroy(void *unused) {
    pthread_mutex_lock(&lock);
    while (!ready)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    pthread_cond_destroy(&changed);
    return unused;
}

int main(void) {
    pthread_cond_init(&changed, NULL);
    first_and_then(tell, wait_and_destroy, NULL);
    return 0;
}
