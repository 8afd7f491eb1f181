// expect: none
// exit: 0
// The main thread leaves early by pthread_exit; the last worker ends the process.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    for (int i = 0; i < 20; i++) {
        pthread_mutex_lock(&lock);
        pause_ms(1);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void) {
    pthread_detach(start(work, NULL));
    pthread_detach(start(work, NULL));
    puts("leaving");
    fflush(stdout);
    pthread_exit(NULL);
}
