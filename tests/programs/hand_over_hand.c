// expect: lock-order-inversion
// The walker keeps the first lock while it takes the third.
#include "program.h"

pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER,
                c = PTHREAD_MUTEX_INITIALIZER;

void *walk(void *unused) {
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_lock(&c);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&c);
    reach(1);
    return unused;
}

void *back(void *unused) {
    await(1);
    pthread_mutex_lock(&c);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&c);
    return unused;
}

int main(void) {
    pthread_t first = start(walk, NULL), second = start(back, NULL);
    finish(first);
    finish(second);
    return 0;
}
