// expect: none
// Threads that never meet get the same stack, one after the other, and write it.
#include "race.h"

void *write_stack(void *unused) {
    int numbers[200];
    for (int i = 0; i < 200; i++)
        numbers[i] = i;
    SHARED(numbers);
    return unused;
}

void *start_detached(void *unused) {
    pthread_t thread = start(write_stack, NULL);
    pthread_detach(thread);
    later();
    return unused;
}

void *start_later(void *unused) {
    later();
    return start_detached(unused);
}

int main(void) {
    both(start_detached, start_later, NULL);
    later();
    return 0;
}
