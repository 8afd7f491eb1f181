// expect: none
// Four threads take two mutexes in one order.
#include "program.h"

pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER, audit = PTHREAD_MUTEX_INITIALIZER;
int balance;

void *pay(void *unused) {
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&accounts);
        pthread_mutex_lock(&audit);
        balance++;
        pthread_mutex_unlock(&audit);
        pthread_mutex_unlock(&accounts);
    }
    return unused;
}

int main(void) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = start(pay, NULL);
    for (int i = 0; i < 4; i++)
        finish(threads[i]);
    printf("%d\n", balance);
    return 0;
}
