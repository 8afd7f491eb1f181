// expect: none
// Cancelled in condition waits, timed ones too; the cleanup handler unlocks the mutex that it finds
// taken.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t never = PTHREAD_COND_INITIALIZER;

int tid;

void unlock(void *argument) {
    MUST(pthread_mutex_unlock(argument) == 0);
}

void *work(void *timed) {
    struct timespec limit = in_ms(CLOCK_REALTIME, 100000);
    pthread_mutex_lock(&lock);
    here_is(&tid);
    pthread_cleanup_push(unlock, &lock);
    for (;;)
        if (timed)
            pthread_cond_timedwait(&never, &lock, &limit);
        else
            pthread_cond_wait(&never, &lock);
    pthread_cleanup_pop(1);
    return NULL;
}

int main(void) {
    for (intptr_t timed = 0; timed < 2; timed++) {
        tid = 0;
        pthread_t thread = start(work, (void *)timed);
        await_blocked(&tid, &never, sizeof never);
        pthread_cancel(thread);
        MUST(finish(thread) == PTHREAD_CANCELED);
    }
    MUST(pthread_mutex_trylock(&lock) == 0);
    pthread_mutex_unlock(&lock);
    return 0;
}
