// expect: double-release
// Standard error and output are closed before the misuse.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    close(0);
    close(1);
    close(2);
    run(work, NULL);
    return 0;
}
