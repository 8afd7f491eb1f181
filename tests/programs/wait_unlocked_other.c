// expect: cond-wait-unlocked
// Another thread holds the mutex of an error-checking kind when this one waits with it.
#include "program.h"

pthread_mutex_t lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

void *work(void *unused) {
    printf("%d\n", pthread_cond_wait(&condition, &lock) == EPERM);
    return unused;
}

int main(void) {
    pthread_mutex_lock(&lock);
    run(work, NULL);
    pthread_mutex_unlock(&lock);
    return 0;
}
