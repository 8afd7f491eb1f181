// expect: none
// A context goes on in another thread, handed over by a semaphore.
#include <ucontext.h>

#include "race.h"

ucontext_t inside, outside[2];
int which, data;
sem_t handed;
static char stack[65536];

static void body(void) {
    for (int i = 0; i < 3; i++) {
        data += i + 1;
        swapcontext(&inside, &outside[which]);
    }
}

void *first(void *unused) {
    which = 0;
    swapcontext(&outside[0], &inside);
    sem_post(&handed);
    return unused;
}

void *second(void *unused) {
    while (sem_wait(&handed))
        ;
    which = 1;
    swapcontext(&outside[1], &inside);
    return unused;
}

int main(void) {
    sem_init(&handed, 0, 0);
    getcontext(&inside);
    inside.uc_stack.ss_sp = stack;
    inside.uc_stack.ss_size = sizeof stack;
    makecontext(&inside, body, 0);
    both(first, second, NULL);
    printf("%d\n", data);
    return 0;
}
