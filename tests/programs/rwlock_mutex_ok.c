// expect: none
// Only read locks meet the mutex: readers never wait for readers.
#include "program.h"

pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
pthread_mutex_t row = PTHREAD_MUTEX_INITIALIZER;

void *table_first(void *unused) {
    pthread_rwlock_rdlock(&table);
    pthread_mutex_lock(&row);
    pthread_mutex_unlock(&row);
    pthread_rwlock_unlock(&table);
    return unused;
}

void *row_first(void *unused) {
    pause_ms(20);
    pthread_mutex_lock(&row);
    pthread_rwlock_rdlock(&table);
    pthread_rwlock_unlock(&table);
    pthread_mutex_unlock(&row);
    return unused;
}

int main(void) {
    pthread_t first = start(table_first, NULL), second = start(row_first, NULL);
    finish(first);
    finish(second);
    return 0;
}
