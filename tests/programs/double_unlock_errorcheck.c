// expect: double-release
// An error-checking mutex says EPERM.
#include "program.h"

pthread_mutex_t lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    printf("%d\n", pthread_mutex_unlock(&lock) == EPERM);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
