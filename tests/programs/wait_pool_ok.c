// expect: none
// A pool whose workers idle on a condition when main returns: no hang, and no leak worth a warning.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t work_there = PTHREAD_COND_INITIALIZER;
int jobs = 10, done;

void *worker(void *unused) {
    pthread_mutex_lock(&lock);
    for (;;) {
        while (!jobs)
            pthread_cond_wait(&work_there, &lock);
        jobs--;
        done++;
    }
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    for (int i = 0; i < 4; i++)
        start(worker, NULL);
    for (int finished = 0; finished < 10; pause_ms(10)) {
        pthread_mutex_lock(&lock);
        finished = done;
        pthread_mutex_unlock(&lock);
    }
    return 0;
}
