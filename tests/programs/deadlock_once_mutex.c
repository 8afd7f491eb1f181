// expect: deadlock (hang)
// One thread initialises and needs the lock; the other holds the lock and needs the initialisation.
#include "program.h"

pthread_once_t once = PTHREAD_ONCE_INIT;
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_barrier_t both;

void setup(void) {
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
}

void *initialiser(void *unused) {
    pthread_once(&once, setup);
    return unused;
}

void *locker(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_barrier_wait(&both);
    pthread_once(&once, setup);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_barrier_init(&both, NULL, 2);
    pthread_t first = start(initialiser, NULL), second = start(locker, NULL);
    finish(first);
    finish(second);
    return 0;
}
