// expect: data-race
// A lock is destroyed that another thread has read under, which nothing puts before that.
#include "race.h"

static pthread_rwlock_t lock;

static void *read_it(void *unused) {
    pthread_rwlock_rdlock(&lock);
    pthread_rwlock_unlock(&lock);
    return unused;
}

static void *destroy_it(void *unused) {
    pthread_rwlock_destroy(&lock);
    return unused;
}

int main(void) {
    pthread_rwlock_init(&lock, NULL);
    first_and_then(read_it, destroy_it, NULL);
    return 0;
}
