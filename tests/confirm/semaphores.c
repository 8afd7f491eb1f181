// confirm: lock-order-inversion
// Two semaphores of value 1, used as locks and crossed.
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include "tests/programs/order.h"

static sem_t left, right;

static bool in_turn; // this run shall end well

static void rest(int stage) {
    if (in_turn)
        await(stage);
    else
        usleep(50000);
}

static void *west(void *unused) {
    sem_wait(&left);
    sem_wait(&right);
    sem_post(&right);
    sem_post(&left);
    reach(1);
    return unused;
}

static void *east(void *unused) {
    rest(1);
    sem_wait(&right);
    sem_wait(&left);
    sem_post(&left);
    sem_post(&right);
    return unused;
}

int main(int argc, char **argv) {
    in_turn = argc > 1 && argv[1];
    pthread_t threads[2];
    sem_init(&left, 0, 1);
    sem_init(&right, 0, 1);
    pthread_create(&threads[0], NULL, west, NULL);
    pthread_create(&threads[1], NULL, east, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
