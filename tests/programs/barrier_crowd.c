// expect: barrier-misuse
// also: deadlock
// Three threads use a barrier for two; the third one stays behind when the program ends.
#include "program.h"

pthread_barrier_t barrier;

int tids[3];
bool over[3];

void *arrive(void *number) {
    here_is(&tids[(intptr_t)number]);
    pthread_barrier_wait(&barrier);
    over[(intptr_t)number] = true;
    step();
    return NULL;
}

int main(void) {
    pthread_barrier_init(&barrier, NULL, 2);
    for (intptr_t i = 0; i < 3; i++)
        pthread_detach(start(arrive, (void *)i));
    await(2);
    for (int i = 0; i < 3; i++)
        if (!over[i])
            await_blocked(&tids[i], &barrier, sizeof barrier);
    return 0;
}
