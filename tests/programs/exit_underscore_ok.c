// expect: none
// exit: 9
// _exit, with other threads in the middle of their work.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    for (;;) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void) {
    start(work, NULL);
    start(work, NULL);
    pause_ms(50);
    _exit(9);
}
