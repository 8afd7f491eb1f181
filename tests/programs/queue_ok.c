// expect: none
// A bounded queue with conditions, four producers, four consumers; signals inside and outside the
// mutex.
#include "program.h"

enum { SLOTS = 8, ITEMS = 2000 };
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
int slots[SLOTS], used, head, taken, sum;

void *produce(void *unused) {
    for (int i = 0; i < ITEMS / 4; i++) {
        pthread_mutex_lock(&lock);
        while (used == SLOTS)
            pthread_cond_wait(&not_full, &lock);
        slots[(head + used++) % SLOTS] = 1;
        if (i % 2)
            pthread_cond_signal(&not_empty);
        pthread_mutex_unlock(&lock);
        if (i % 2 == 0)
            pthread_cond_signal(&not_empty);
    }
    return unused;
}

void *consume(void *unused) {
    pthread_mutex_lock(&lock);
    while (taken < ITEMS) {
        while (!used && taken < ITEMS)
            pthread_cond_wait(&not_empty, &lock);
        if (!used)
            break;
        sum += slots[head];
        head = (head + 1) % SLOTS;
        used--;
        taken++;
        pthread_cond_signal(&not_full);
        if (taken == ITEMS)
            pthread_cond_broadcast(&not_empty);
    }
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        threads[i] = start(i < 4 ? produce : consume, NULL);
    for (int i = 0; i < 8; i++)
        finish(threads[i]);
    printf("%d\n", sum);
    return 0;
}
