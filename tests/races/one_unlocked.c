// expect: data-race
// One thread takes the lock, the other one reads without it.
#include "race.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int balance;

void *deposit(void *unused) {
    pthread_mutex_lock(&lock);
    balance += 10;
    pthread_mutex_unlock(&lock);
    return unused;
}

void *audit(void *unused) {
    later();
    USE(balance);
    return unused;
}

int main(void) {
    both(deposit, audit, NULL);
    return 0;
}
