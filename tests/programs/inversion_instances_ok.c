// expect: none
// Transfers lock the account with the lower address first.
#include "program.h"

struct account {
    pthread_mutex_t lock;
    long balance;
} * accounts[8];

void transfer(struct account *from, struct account *to, long amount) {
    struct account *first = from < to ? from : to, *second = from < to ? to : from;
    pthread_mutex_lock(&first->lock);
    pthread_mutex_lock(&second->lock);
    from->balance -= amount;
    to->balance += amount;
    pthread_mutex_unlock(&second->lock);
    pthread_mutex_unlock(&first->lock);
}

void *work(void *argument) {
    unsigned seed = (unsigned)(intptr_t)argument;
    for (int i = 0; i < 1000; i++) {
        int from = rand_r(&seed) % 8, to = (from + 1 + rand_r(&seed) % 7) % 8;
        transfer(accounts[from], accounts[to], 1);
    }
    return NULL;
}

int main(void) {
    for (int i = 0; i < 8; i++) {
        accounts[i] = calloc(1, sizeof *accounts[i]);
        pthread_mutex_init(&accounts[i]->lock, NULL);
    }
    pthread_t threads[4];
    for (intptr_t i = 0; i < 4; i++)
        threads[i] = start(work, (void *)i);
    long sum = 0;
    for (int i = 0; i < 4; i++)
        finish(threads[i]);
    for (int i = 0; i < 8; i++) {
        sum += accounts[i]->balance;
        pthread_mutex_destroy(&accounts[i]->lock);
        free(accounts[i]);
    }
    printf("%ld\n", sum);
    return 0;
}
