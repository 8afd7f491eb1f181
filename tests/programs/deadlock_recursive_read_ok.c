// expect: none
// With the default kind a reader may read again while a writer waits.
#include "program.h"

pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
sem_t reading;
int tid;

void *reader(void *unused) {
    pthread_rwlock_rdlock(&table);
    sem_post(&reading);
    await_blocked(&tid, &table, sizeof table);
    pthread_rwlock_rdlock(&table);
    pthread_rwlock_unlock(&table);
    pthread_rwlock_unlock(&table);
    return unused;
}

void *writer(void *unused) {
    sem_wait(&reading);
    here_is(&tid);
    pthread_rwlock_wrlock(&table);
    pthread_rwlock_unlock(&table);
    return unused;
}

int main(void) {
    sem_init(&reading, 0, 0);
    pthread_t first = start(reader, NULL), second = start(writer, NULL);
    finish(first);
    finish(second);
    pthread_rwlock_destroy(&table);
    return 0;
}
