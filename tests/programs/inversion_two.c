// expect: lock-order-inversion
// Two threads that may overlap take two mutexes in opposite orders; the run itself ends well.
#include "program.h"

pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER, audit = PTHREAD_MUTEX_INITIALIZER;

void *pay(void *unused) {
    pthread_mutex_lock(&accounts);
    pthread_mutex_lock(&audit);
    pthread_mutex_unlock(&audit);
    pthread_mutex_unlock(&accounts);
    reach(1);
    return unused;
}

void *check(void *unused) {
    pthread_mutex_lock(&audit);
    pthread_mutex_lock(&accounts);
    pthread_mutex_unlock(&accounts);
    pthread_mutex_unlock(&audit);
    return unused;
}

int main(void) {
    pthread_t first = start(pay, NULL);
    await(1);
    pthread_t second = start(check, NULL);
    finish(first);
    finish(second);
    puts("done");
    return 0;
}
