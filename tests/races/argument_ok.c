// expect: none
// Each thread gets an element of its own; main wrote it before it created the thread.
#include "race.h"

void *work(void *number) {
    *(int *)number *= 2;
    return NULL;
}

int main(void) {
    pthread_t threads[3];
    int numbers[3];
    for (int i = 0; i < 3; i++) {
        numbers[i] = i + 1;
        threads[i] = start(work, &numbers[i]);
    }
    int sum = 0;
    for (int i = 0; i < 3; i++) {
        finish(threads[i]);
        sum += numbers[i];
    }
    printf("%d\n", sum);
    return 0;
}
