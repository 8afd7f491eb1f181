// expect: deadlock (hang)
// The main thread is one of the two.
#include "program.h"

pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;

void *right_first(void *unused) {
    pthread_mutex_lock(&right);
    reach(1);
    pthread_mutex_lock(&left);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_mutex_lock(&left);
    start(right_first, NULL);
    await(1);
    pthread_mutex_lock(&right);
    return 0;
}
