// expect: none
// A timed wait that runs out is a way to sleep; a signal came before it, with nothing to tell.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t stop_soon = PTHREAD_COND_INITIALIZER;
bool stop;

void *ticker(void *unused) {
    pthread_mutex_lock(&lock);
    for (int ticks = 0; !stop && ticks < 5; ticks++) {
        struct timespec limit = in_ms(CLOCK_REALTIME, 10);
        pthread_cond_timedwait(&stop_soon, &lock, &limit);
    }
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_mutex_lock(&lock);
    pthread_cond_signal(&stop_soon);
    pthread_mutex_unlock(&lock);
    run(ticker, NULL);
    return 0;
}
