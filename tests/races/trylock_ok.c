// expect: none
// A mutex taken by try, by time-out and recursively protects a variable.
#include "race.h"

pthread_mutex_t lock;
int value;

void *by_try(void *unused) {
    for (int i = 0; i < 50; i++) {
        while (pthread_mutex_trylock(&lock))
            pause_ms(1);
        value++;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

void *by_time(void *unused) {
    for (int i = 0; i < 50; i++) {
        struct timespec until = in_ms(CLOCK_REALTIME, 60000);
        MUST(pthread_mutex_timedlock(&lock, &until) == 0);
        pthread_mutex_lock(&lock);
        value++;
        pthread_mutex_unlock(&lock);
        value++;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void) {
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&lock, &attr);
    both(by_try, by_time, NULL);
    printf("%d\n", value);
    return 0;
}
