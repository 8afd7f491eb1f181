// expect: none
// A condition is signalled while the mutex is held: whoever waited may destroy it at once.
#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static int ready;

static void *tell(void *unused) {
    pthread_mutex_lock(&lock);
    ready = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
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
    for (int i = 0; i < 20; i++) {
        pthread_cond_init(&changed, NULL);
        ready = 0;
        both(tell, wait_and_destroy, NULL);
    }
    return 0;
}
