// expect: lock-order-inversion
// The object is in the registry, for others to find, when it is locked before the registry is.
#include "program.h"

struct object {
    pthread_mutex_t lock;
} * published;
pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;

void *user(void *unused) {
    pthread_mutex_lock(&registry);
    pthread_mutex_lock(&published->lock);
    pthread_mutex_unlock(&published->lock);
    pthread_mutex_unlock(&registry);
    reach(1);
    return unused;
}

void *updater(void *unused) {
    await(1);
    pthread_mutex_lock(&published->lock);
    pthread_mutex_lock(&registry);
    pthread_mutex_unlock(&registry);
    pthread_mutex_unlock(&published->lock);
    return unused;
}

int main(void) {
    published = malloc(sizeof *published);
    pthread_mutex_init(&published->lock, NULL);
    pthread_t first = start(user, NULL), second = start(updater, NULL);
    finish(first);
    finish(second);
    free(published);
    return 0;
}
