// expect: data-race
// All threads get the address of the loop's variable, which goes on counting.
#include "race.h"

void *work(void *number) {
    later();
    USE(*(int *)number);
    return NULL;
}

int main(void) {
    pthread_t threads[3];
    int i;
    for (i = 0; i < 3; i++)
        threads[i] = start(work, &i);
    for (int k = 0; k < 3; k++)
        finish(threads[k]);
    return 0;
}
