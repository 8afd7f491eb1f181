// expect: lock-order-inversion
// A read-write lock taken for writing, and a mutex, in opposite orders.
#include "program.h"

pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
pthread_mutex_t row = PTHREAD_MUTEX_INITIALIZER;

void *table_first(void *unused) {
    pthread_rwlock_wrlock(&table);
    pthread_mutex_lock(&row);
    pthread_mutex_unlock(&row);
    pthread_rwlock_unlock(&table);
    reach(1);
    return unused;
}

void *row_first(void *unused) {
    await(1);
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
