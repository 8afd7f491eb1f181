// expect: self-deadlock
// An error-checking mutex refuses the second lock with EDEADLK.
#include "program.h"

pthread_mutex_t lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    printf("%d\n", pthread_mutex_lock(&lock) == EDEADLK);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
