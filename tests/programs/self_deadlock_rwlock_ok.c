// expect: none
// A read lock may be taken several times by one thread.
#include "program.h"

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

void *read_only(void *unused) {
    for (int i = 0; i < 50; i++) {
        pthread_rwlock_rdlock(&lock);
        pthread_rwlock_rdlock(&lock);
        pthread_rwlock_rdlock(&lock);
        pthread_rwlock_unlock(&lock);
        pthread_rwlock_unlock(&lock);
        pthread_rwlock_unlock(&lock);
    }
    return unused;
}

int main(void) {
    pthread_t first = start(read_only, NULL), second = start(read_only, NULL);
    finish(first);
    finish(second);
    return 0;
}
