// expect: none
// A handler jumps out by siglongjmp, a function by longjmp; no lock is held then.
#include "program.h"
#include <setjmp.h>
#include <signal.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
sigjmp_buf back;
volatile bool jump = true;

void on_signal(int number) {
    (void)number;
    siglongjmp(back, 1);
}

__attribute__((noinline)) void deep(jmp_buf there, int levels) {
    if (levels)
        deep(there, levels - 1);
    else if (jump)
        longjmp(there, 1);
    __asm__ volatile("");
}

void *work(void *unused) {
    jmp_buf there;
    for (volatile int i = 0; i < 50; i++) {
        if (!setjmp(there))
            deep(there, 20);
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
    }
    for (volatile int i = 0; i < 50; i++) {
        if (!sigsetjmp(back, 1))
            raise(SIGUSR1);
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void) {
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    run(work, NULL);
    puts("back");
    return 0;
}
