// expect: none
// A counting semaphore of 4 places around a mutex, with two threads.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
sem_t slots;

void *work(void *unused) {
    for (int i = 0; i < 100; i++) {
        struct timespec limit = in_ms(CLOCK_REALTIME, 60000), mono = in_ms(CLOCK_MONOTONIC, 60000);
        MUST(sem_timedwait(&slots, &limit) == 0);
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
        sem_post(&slots);
        MUST(sem_clockwait(&slots, CLOCK_MONOTONIC, &mono) == 0);
        sem_post(&slots);
        if (sem_trywait(&slots) == 0)
            sem_post(&slots);
    }
    return unused;
}

int main(void) {
    sem_init(&slots, 0, 4);
    pthread_t first = start(work, NULL), second = start(work, NULL);
    finish(first);
    finish(second);
    int value;
    sem_getvalue(&slots, &value);
    printf("%d\n", value);
    sem_destroy(&slots);
    return 0;
}
