// expect: none
// exit: 6
// A worker calls exit while main waits in a join; an atexit handler takes locks.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void at_end(void) {
    pthread_mutex_lock(&lock);
    puts("at end");
    pthread_mutex_unlock(&lock);
}

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    exit(6);
    return unused;
}

int main(void) {
    atexit(at_end);
    pthread_t thread = start(work, NULL);
    pthread_join(thread, NULL);
    return 1;
}
