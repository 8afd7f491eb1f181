// expect: none
// Every lock has its unlock, on the error path too.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int attempt(int number) {
    int result = -1;
    pthread_mutex_lock(&lock);
    if (number % 2)
        goto out;
    result = 0;
out:
    pthread_mutex_unlock(&lock);
    return result;
}

void *work(void *unused) {
    for (int i = 0; i < 10; i++)
        attempt(i);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
