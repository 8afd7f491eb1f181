// expect: none
// A thread unlocks in a cleanup handler when it leaves by pthread_exit.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void unlock(void *argument) {
    pthread_mutex_unlock(argument);
}

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, &lock);
    pthread_exit(unused);
    pthread_cleanup_pop(1);
}

int main(void) {
    run(work, NULL);
    run(work, NULL);
    return 0;
}
