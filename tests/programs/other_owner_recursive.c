// expect: release-by-non-owner
// The same with a recursive mutex.
#include "program.h"

pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

void *stranger(void *unused) {
    printf("%d\n", pthread_mutex_unlock(&lock) == EPERM);
    return unused;
}

int main(void) {
    pthread_mutex_lock(&lock);
    run(stranger, NULL);
    MUST(pthread_mutex_unlock(&lock) == 0);
    return 0;
}
