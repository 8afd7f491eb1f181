// expect: data-race
// A thread's stack is the upper part of a block whose lower part that thread and another one write.
#include "race.h"

#define STACK (1 << 20)

static char block[2 * STACK] __attribute__((aligned(4096)));

void *write_below(void *unused) {
    block[STACK - 100]++;
    return unused;
}

int main(void) {
    pthread_t first = start(write_below, NULL), second;
    pthread_attr_t given;
    later();
    pthread_attr_init(&given);
    MUST(pthread_attr_setstack(&given, block + STACK, STACK) == 0);
    MUST(pthread_create(&second, &given, write_below, NULL) == 0);
    pthread_attr_destroy(&given);
    finish(first);
    finish(second);
    return 0;
}
