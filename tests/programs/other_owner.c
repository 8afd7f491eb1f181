// expect: release-by-non-owner
// A mutex is unlocked by a thread that does not hold it, while the owner does.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *stranger(void *unused) {
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_mutex_lock(&lock);
    run(stranger, NULL);
    return 0;
}
