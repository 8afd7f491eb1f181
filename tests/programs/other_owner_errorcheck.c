// expect: release-by-non-owner
// An error-checking mutex refuses a stranger's unlock; its owner unlocks it later.
#include "program.h"

pthread_mutex_t lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

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
