// expect: none
// The item comes late, from a thread that was doing something else for longer than the hang watch
// waits.
#include "program.h"

sem_t items;

void *taker(void *unused) {
    sem_wait(&items);
    return unused;
}

int main(void) {
    sem_init(&items, 0, 0);
    pthread_t thread = start(taker, NULL);
    pause_ms(1300);
    sem_post(&items);
    finish(thread);
    sem_destroy(&items);
    return 0;
}
