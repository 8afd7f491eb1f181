// expect: none
// An initialiser is cancelled; the next thread runs it again.
#include "program.h"

pthread_once_t once = PTHREAD_ONCE_INIT;
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int tries;
sem_t begun;

void unlock(void *unused) {
    (void)unused;
    pthread_mutex_unlock(&lock);
}

void setup(void) {
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, NULL);
    if (tries++ == 0) {
        sem_post(&begun);
        for (;;)
            pause();
    }
    pthread_cleanup_pop(1);
}

void *work(void *unused) {
    pthread_once(&once, setup);
    return unused;
}

int main(void) {
    sem_init(&begun, 0, 0);
    pthread_t first = start(work, NULL);
    sem_wait(&begun);
    pthread_t second = start(work, NULL);
    pause_ms(50);
    pthread_cancel(first);
    MUST(finish(first) == PTHREAD_CANCELED);
    finish(second);
    printf("%d\n", tries);
    return 0;
}
