// expect: none
// exit: SIGABRT
// abort with locks held and threads at work.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, mine = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    for (;;) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void) {
    start(work, NULL);
    pause_ms(30);
    pthread_mutex_lock(&mine);
    abort();
}
