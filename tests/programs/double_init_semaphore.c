// expect: double-init
// A global semaphore is initialised twice.
#include "program.h"

sem_t items;

void *work(void *unused) {
    sem_init(&items, 0, 1);
    sem_wait(&items);
    sem_init(&items, 0, 1);
    sem_wait(&items);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
