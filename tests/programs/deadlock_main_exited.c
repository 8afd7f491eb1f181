// expect: deadlock (hang)
// The main thread has left by pthread_exit; the two others block each other.
#include "program.h"

pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
pthread_barrier_t both;

void *left_first(void *unused) {
    pthread_mutex_lock(&left);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&right);
    return unused;
}

void *right_first(void *unused) {
    pthread_mutex_lock(&right);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&left);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_barrier_init(&both, NULL, 2);
    start(left_first, NULL);
    start(right_first, NULL);
    pthread_exit(NULL);
}
