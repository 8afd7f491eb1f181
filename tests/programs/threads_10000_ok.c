// expect: none
// 10,000 threads over a run, ten at a time.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int total;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    total++;
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_t threads[10];
    for (int round = 0; round < 1000; round++) {
        for (int i = 0; i < 10; i++)
            threads[i] = start(work, NULL);
        for (int i = 0; i < 10; i++)
            finish(threads[i]);
    }
    printf("%d\n", total);
    return 0;
}
