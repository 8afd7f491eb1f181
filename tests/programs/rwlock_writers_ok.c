// expect: none
// Readers and writers, also by try, timed and clock calls, in one order.
#include "program.h"

pthread_rwlock_t outer, inner;

void *work(void *unused) {
    for (int i = 0; i < 100; i++) {
        struct timespec real = in_ms(CLOCK_REALTIME, 60000), mono = in_ms(CLOCK_MONOTONIC, 60000);
        if (i % 3 == 0)
            MUST(pthread_rwlock_timedrdlock(&outer, &real) == 0);
        else if (i % 3 == 1)
            MUST(pthread_rwlock_clockwrlock(&outer, CLOCK_MONOTONIC, &mono) == 0);
        else
            MUST(pthread_rwlock_rdlock(&outer) == 0);
        if (i % 4 == 0)
            MUST(pthread_rwlock_timedwrlock(&inner, &real) == 0);
        else if (i % 4 == 1)
            MUST(pthread_rwlock_clockrdlock(&inner, CLOCK_MONOTONIC, &mono) == 0);
        else
            MUST(pthread_rwlock_wrlock(&inner) == 0);
        pthread_rwlock_unlock(&inner);
        pthread_rwlock_unlock(&outer);
        if (pthread_rwlock_tryrdlock(&inner) == 0)
            pthread_rwlock_unlock(&inner);
        if (pthread_rwlock_trywrlock(&inner) == 0)
            pthread_rwlock_unlock(&inner);
    }
    return unused;
}

int main(void) {
    pthread_rwlock_init(&outer, NULL);
    pthread_rwlock_init(&inner, NULL);
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = start(work, NULL);
    for (int i = 0; i < 3; i++)
        finish(threads[i]);
    pthread_rwlock_destroy(&outer);
    pthread_rwlock_destroy(&inner);
    return 0;
}
