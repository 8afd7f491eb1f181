// expect: none
// exit: SIGSEGV
// The process dies of its own bad access, with threads at work.
#include "program.h"
#include <sys/resource.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
volatile int *volatile nowhere;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    pause_ms(20);
    *nowhere = 1;
    return unused;
}

int main(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    run(work, NULL);
    return 0;
}
