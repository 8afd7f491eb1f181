// expect: data-race
// A mutex is destroyed that another thread has used, which nothing puts before that.
#include "race.h"

static pthread_mutex_t lock;

static void *use_it(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

static void *destroy_it(void *unused) {
    pthread_mutex_destroy(&lock);
    return unused;
}

int main(void) {
    pthread_mutex_init(&lock, NULL);
    first_and_then(use_it, destroy_it, NULL);
    return 0;
}
