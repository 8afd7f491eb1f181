// expect: lock-order-inversion
// A destructor of thread-specific data takes two locks in the wrong order.
#include "program.h"

pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
pthread_key_t key;

void gone(void *unused) {
    (void)unused;
    pthread_mutex_lock(&right);
    pthread_mutex_lock(&left);
    pthread_mutex_unlock(&left);
    pthread_mutex_unlock(&right);
}

void *work(void *unused) {
    pthread_mutex_lock(&left);
    pthread_mutex_lock(&right);
    pthread_mutex_unlock(&right);
    pthread_mutex_unlock(&left);
    reach(1);
    return unused;
}

void *keyed(void *unused) {
    await(1);
    pthread_setspecific(key, &key);
    return unused;
}

int main(void) {
    pthread_key_create(&key, gone);
    pthread_t first = start(work, NULL), second = start(keyed, NULL);
    finish(first);
    finish(second);
    return 0;
}
