// expect: none
// Coroutines by makecontext and swapcontext, each with a stack of its own, take locks.
#include "program.h"
#include <ucontext.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int counter;
static __thread ucontext_t scheduler, routines[3];

void routine(void) {
    for (int i = 0; i < 20; i++) {
        pthread_mutex_lock(&lock);
        int which = counter++ % 3;
        pthread_mutex_unlock(&lock);
        (void)which;
    }
}

void *work(void *unused) {
    for (int i = 0; i < 3; i++) {
        getcontext(&routines[i]);
        routines[i].uc_stack.ss_size = 64 * 1024;
        routines[i].uc_stack.ss_sp = malloc(routines[i].uc_stack.ss_size);
        routines[i].uc_link = &scheduler;
        makecontext(&routines[i], routine, 0);
        swapcontext(&scheduler, &routines[i]);
        free(routines[i].uc_stack.ss_sp);
    }
    return unused;
}

int main(void) {
    pthread_t first = start(work, NULL), second = start(work, NULL);
    finish(first);
    finish(second);
    printf("%d\n", counter);
    return 0;
}
