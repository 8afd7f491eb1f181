// expect: data-race
// Two threads protect one variable by two different mutexes.
#include "race.h"

pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
int value;

void *with_left(void *unused) {
    pthread_mutex_lock(&left);
    value = 1;
    pthread_mutex_unlock(&left);
    return unused;
}

void *with_right(void *unused) {
    later();
    pthread_mutex_lock(&right);
    value = 2;
    pthread_mutex_unlock(&right);
    return unused;
}

int main(void) {
    both(with_left, with_right, NULL);
    return 0;
}
