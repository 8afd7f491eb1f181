// expect: none
// Cancellation in sem_wait, pthread_join, nanosleep, read; asynchronous, and deferred to a test
// point.
#include "program.h"

sem_t never;
pthread_t sleeper;

void *in_sem_wait(void *unused) {
    sem_wait(&never);
    return unused;
}

void *in_sleep(void *unused) {
    for (;;)
        pause_ms(1000);
    return unused;
}

void *in_join(void *unused) {
    pthread_join(sleeper, NULL);
    return unused;
}

void *in_read(void *argument) {
    char byte;
    return (void *)read(*(int *)argument, &byte, 1);
}

void *in_loop(void *unused) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (volatile long i = 0;; i++)
        ;
    return unused;
}

void *at_point(void *unused) {
    for (;;)
        pthread_testcancel();
    return unused;
}

int main(void) {
    int ends[2];
    MUST(pipe(ends) == 0);
    sem_init(&never, 0, 0);
    sleeper = start(in_sleep, NULL);
    void *(*places[])(void *) = {in_sem_wait, in_join, in_read, in_loop, at_point};
    for (int i = 0; i < 5; i++) {
        pthread_t thread = start(places[i], ends);
        pause_ms(30);
        pthread_cancel(thread);
        MUST(finish(thread) == PTHREAD_CANCELED);
    }
    pthread_cancel(sleeper);
    MUST(finish(sleeper) == PTHREAD_CANCELED);
    return 0;
}
