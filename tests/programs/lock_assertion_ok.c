// expect: none
// Assertions that are so, on a mutex, for a reader, and in the main thread.
#include "program.h"

#include "threadcheck/annotate.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_rwlock_t tree = PTHREAD_RWLOCK_INITIALIZER;

void *work(void *unused) {
    tc_assert_not_held(&lock);
    pthread_mutex_lock(&lock);
    tc_assert_held(&lock);
    pthread_mutex_unlock(&lock);
    pthread_rwlock_rdlock(&tree);
    tc_assert_held(&tree);
    pthread_rwlock_unlock(&tree);
    tc_assert_not_held(&tree);
    return unused;
}

int main(void) {
    pthread_mutex_lock(&lock);
    tc_assert_held(&lock);
    pthread_mutex_unlock(&lock);
    pthread_t thread = start(work, NULL);
    tc_assert_not_held(&tree);
    finish(thread);
    return 0;
}
