// expect: deadlock (hang)
// Semaphores used as locks, each thread with one of them.
#include "program.h"

sem_t left, right;
pthread_barrier_t both;

void *left_first(void *unused) {
    sem_wait(&left);
    pthread_barrier_wait(&both);
    sem_wait(&right);
    sem_post(&right);
    sem_post(&left);
    return unused;
}

void *right_first(void *unused) {
    sem_wait(&right);
    pthread_barrier_wait(&both);
    sem_wait(&left);
    sem_post(&left);
    sem_post(&right);
    return unused;
}

int main(void) {
    alarm(20);
    sem_init(&left, 0, 1);
    sem_init(&right, 0, 1);
    pthread_barrier_init(&both, NULL, 2);
    pthread_t first = start(left_first, NULL), second = start(right_first, NULL);
    finish(first);
    finish(second);
    return 0;
}
