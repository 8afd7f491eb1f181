// expect: deadlock (hang)
// A reader of a writer-preferring lock reads again while a writer waits.
#include "program.h"

pthread_rwlock_t table;
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
    alarm(20);
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&table, &attributes);
    sem_init(&reading, 0, 0);
    pthread_t first = start(reader, NULL), second = start(writer, NULL);
    finish(first);
    finish(second);
    return 0;
}
