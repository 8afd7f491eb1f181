// expect: none
// Phases with a barrier between them: each thread reads what the other wrote in the last phase.
#include "race.h"

pthread_barrier_t phase;
int results[2];

void *work(void *number) {
    int mine = number != NULL;
    for (int i = 0; i < 10; i++) {
        results[mine] = i;
        pthread_barrier_wait(&phase);
        USE(results[!mine]);
        pthread_barrier_wait(&phase);
    }
    return NULL;
}

int main(void) {
    pthread_barrier_init(&phase, NULL, 2);
    pthread_t first = start(work, NULL), second = start(work, &phase);
    finish(first);
    finish(second);
    pthread_barrier_destroy(&phase);
    printf("%d\n", results[0] + results[1]);
    return 0;
}
