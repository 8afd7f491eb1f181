// expect: none
// Threads that nothing orders get the same part of a block for their stacks, one after the other;
// what lies below it they do not touch.
#include "race.h"

#define STACK (1 << 20)

static char block[2 * STACK] __attribute__((aligned(4096)));

void *write_stack(void *unused) {
    int numbers[30000];
    for (int i = 0; i < 30000; i++)
        numbers[i] = i;
    SHARED(numbers);
    reach_unseen(syscall(SYS_gettid));
    return unused;
}

void *start_given(void *unused) {
    pthread_t thread;
    pthread_attr_t given;
    pthread_attr_init(&given);
    pthread_attr_setdetachstate(&given, PTHREAD_CREATE_DETACHED);
    MUST(pthread_attr_setstack(&given, block + STACK, STACK) == 0);
    MUST(pthread_create(&thread, &given, write_stack, NULL) == 0);
    pthread_attr_destroy(&given);
    return unused;
}

void *start_later(void *unused) {
    long first = await_unseen(1);
    while (syscall(SYS_tgkill, getpid(), first, 0) == 0) /* then its stack is free */
        pause_ms(1);
    return start_given(unused);
}

int main(void) {
    begin_unseen();
    both(start_given, start_later, NULL);
    later();
    return 0;
}
