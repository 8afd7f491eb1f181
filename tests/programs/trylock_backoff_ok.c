// expect: none
// Both sides only try the second lock, and give the first one up when it is taken.
#include "program.h"

pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
int total;

void both(pthread_mutex_t *first, pthread_mutex_t *second) {
    for (;;) {
        pthread_mutex_lock(first);
        if (pthread_mutex_trylock(second) == 0)
            break;
        pthread_mutex_unlock(first);
        sched_yield();
    }
    total++;
    pthread_mutex_unlock(second);
    pthread_mutex_unlock(first);
}

void *left_first(void *unused) {
    for (int i = 0; i < 500; i++)
        both(&left, &right);
    return unused;
}

void *right_first(void *unused) {
    for (int i = 0; i < 500; i++)
        both(&right, &left);
    return unused;
}

int main(void) {
    pthread_t first = start(left_first, NULL), second = start(right_first, NULL);
    finish(first);
    finish(second);
    printf("%d\n", total);
    return 0;
}
