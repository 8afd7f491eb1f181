// expect: lock-order-inversion
// One object for the whole run: the same two locks in both orders.
#include "program.h"

pthread_mutex_t slot, other = PTHREAD_MUTEX_INITIALIZER;

void *slot_first(void *unused) {
    pthread_mutex_lock(&slot);
    pthread_mutex_lock(&other);
    pthread_mutex_unlock(&other);
    pthread_mutex_unlock(&slot);
    reach(1);
    return unused;
}

void *other_first(void *unused) {
    await(1);
    pthread_mutex_lock(&other);
    pthread_mutex_lock(&slot);
    pthread_mutex_unlock(&slot);
    pthread_mutex_unlock(&other);
    return unused;
}

int main(void) {
    pthread_mutex_init(&slot, NULL);
    pthread_t first = start(slot_first, NULL), second = start(other_first, NULL);
    finish(first);
    finish(second);
    pthread_mutex_destroy(&slot);
    return 0;
}
