// expect: none
// Readers read and writers write under one read-write lock.
#include "race.h"

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
int value;

void *write_some(void *unused) {
    for (int i = 0; i < 20; i++) {
        pthread_rwlock_wrlock(&lock);
        value++;
        pthread_rwlock_unlock(&lock);
    }
    return unused;
}

void *read_some(void *unused) {
    for (int i = 0; i < 20; i++) {
        pthread_rwlock_rdlock(&lock);
        USE(value);
        pthread_rwlock_unlock(&lock);
    }
    return unused;
}

int main(void) {
    pthread_t threads[] = {start(write_some, NULL), start(read_some, NULL), start(read_some, NULL),
                           start(write_some, NULL)};
    for (int i = 0; i < 4; i++)
        finish(threads[i]);
    printf("%d\n", value);
    return 0;
}
