// expect: lock-order-inversion
// Hand over hand down a list with two walkers, and a third thread from the end to the start: the
// walkers can hold a and b, the third c.
#include "program.h"

pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER,
                c = PTHREAD_MUTEX_INITIALIZER;

void *walk(void *unused) {
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&a);
    pthread_mutex_lock(&c);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&c);
    step();
    return unused;
}

void *back(void *unused) {
    await(2);
    pthread_mutex_lock(&c);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&c);
    return unused;
}

int main(void) {
    pthread_t threads[3] = {start(walk, NULL), start(walk, NULL), start(back, NULL)};
    for (int i = 0; i < 3; i++)
        finish(threads[i]);
    return 0;
}
