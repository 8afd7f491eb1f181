// expect: lock-order-inversion
// Writers in opposite orders, one lock heap-allocated.
#include "program.h"

struct store {
    int rows;
    pthread_rwlock_t guard;
} * store;
pthread_rwlock_t index_lock = PTHREAD_RWLOCK_INITIALIZER;

void *insert(void *unused) {
    pthread_rwlock_wrlock(&store->guard);
    pthread_rwlock_wrlock(&index_lock);
    store->rows++;
    pthread_rwlock_unlock(&index_lock);
    pthread_rwlock_unlock(&store->guard);
    reach(1);
    return unused;
}

void *rebuild(void *unused) {
    await(1);
    pthread_rwlock_wrlock(&index_lock);
    pthread_rwlock_wrlock(&store->guard);
    pthread_rwlock_unlock(&store->guard);
    pthread_rwlock_unlock(&index_lock);
    return unused;
}

int main(void) {
    store = calloc(1, sizeof *store);
    pthread_rwlock_init(&store->guard, NULL);
    pthread_t first = start(insert, NULL), second = start(rebuild, NULL);
    finish(first);
    finish(second);
    pthread_rwlock_destroy(&store->guard);
    free(store);
    return 0;
}
