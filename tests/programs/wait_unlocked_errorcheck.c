// expect: cond-wait-unlocked
// An error-checking mutex lets the wait fail with EPERM.
#include "program.h"

pthread_mutex_t lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

void *work(void *unused) {
    printf("%d\n", pthread_cond_wait(&condition, &lock) == EPERM);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
