// expect: lock-order-inversion
// A destructor of the program races with a thread that is still there; the orders are opposite.
#include "program.h"

pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    pthread_mutex_lock(&left);
    pthread_mutex_lock(&right);
    pthread_mutex_unlock(&right);
    pthread_mutex_unlock(&left);
    reach(1);
    for (;;)
        pause();
    return unused;
}

__attribute__((destructor)) void late(void) {
    pthread_mutex_lock(&right);
    pthread_mutex_lock(&left);
    pthread_mutex_unlock(&left);
    pthread_mutex_unlock(&right);
}

int main(void) {
    pthread_detach(start(work, NULL));
    await(1);
    return 0;
}
