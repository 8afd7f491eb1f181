// expect: destroy-of-locked
// A held mutex is destroyed: glibc refuses with EBUSY.
#include "program.h"

pthread_mutex_t lock;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    printf("%d\n", pthread_mutex_destroy(&lock) == EBUSY);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_mutex_init(&lock, NULL);
    run(work, NULL);
    return 0;
}
