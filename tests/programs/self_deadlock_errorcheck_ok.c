// expect: none
// An error-checking mutex in good use; a try by its owner is only a question.
#include "program.h"

pthread_mutex_t lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    printf("%d\n", pthread_mutex_trylock(&lock) == EBUSY);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
