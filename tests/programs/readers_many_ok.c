// expect: none
// A hundred readers hold one lock at once while a writer waits its turn.
#include "program.h"

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
pthread_barrier_t inside;
int value;

void *reader(void *unused) {
    pthread_rwlock_rdlock(&lock);
    pthread_barrier_wait(&inside);
    pause_ms(5);
    MUST(value == 0);
    pthread_rwlock_unlock(&lock);
    return unused;
}

void *writer(void *unused) {
    pthread_barrier_wait(&inside);
    pthread_rwlock_wrlock(&lock);
    value = 1;
    pthread_rwlock_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_t threads[101];
    pthread_barrier_init(&inside, NULL, 101);
    for (int i = 0; i < 100; i++)
        threads[i] = start(reader, NULL);
    threads[100] = start(writer, NULL);
    for (int i = 0; i < 101; i++)
        finish(threads[i]);
    printf("%d\n", value);
    return 0;
}
