// expect: deadlock (hang)
// Both threads wait for an item; nobody is left who could post one.
#include "program.h"

sem_t items;

void *taker(void *unused) {
    sem_wait(&items);
    return unused;
}

int main(void) {
    alarm(20);
    sem_init(&items, 0, 0);
    pthread_t thread = start(taker, NULL);
    finish(thread);
    return 0;
}
