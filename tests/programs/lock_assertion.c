// expect: lock-assertion
// findings: 2
// A function is called without the lock that it says it needs; another one with it.
#include "program.h"

#include "threadcheck/annotate.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, never = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    tc_assert_held(&never);
    pthread_mutex_lock(&lock);
    tc_assert_held(&lock);
    tc_assert_not_held(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    finish(start(work, NULL));
    return 0;
}
