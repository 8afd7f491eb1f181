// expect: lock-order-inversion
// Transfers between accounts lock source, then target: two transfers can meet head on.
#include "program.h"

struct account {
    pthread_mutex_t lock;
    long balance;
} * accounts[2];

void transfer(struct account *from, struct account *to, long amount) {
    pthread_mutex_lock(&from->lock);
    pthread_mutex_lock(&to->lock);
    from->balance -= amount;
    to->balance += amount;
    pthread_mutex_unlock(&to->lock);
    pthread_mutex_unlock(&from->lock);
}

void *there(void *unused) {
    transfer(accounts[0], accounts[1], 10);
    reach(1);
    return unused;
}

void *and_back(void *unused) {
    await(1);
    transfer(accounts[1], accounts[0], 10);
    return unused;
}

int main(void) {
    for (int i = 0; i < 2; i++) {
        accounts[i] = calloc(1, sizeof *accounts[i]);
        pthread_mutex_init(&accounts[i]->lock, NULL);
    }
    pthread_t first = start(there, NULL), second = start(and_back, NULL);
    finish(first);
    finish(second);
    printf("%ld %ld\n", accounts[0]->balance, accounts[1]->balance);
    for (int i = 0; i < 2; i++) {
        pthread_mutex_destroy(&accounts[i]->lock);
        free(accounts[i]);
    }
    return 0;
}
