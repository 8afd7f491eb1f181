// expect: deadlock (hang)
// A thread spins for a lock whose owner waits for the spinner's mutex.
#include "program.h"

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_spinlock_t spin;
pthread_barrier_t both;

void *mutex_first(void *unused) {
    pthread_mutex_lock(&mutex);
    pthread_barrier_wait(&both);
    pthread_spin_lock(&spin);
    return unused;
}

void *spin_first(void *unused) {
    pthread_spin_lock(&spin);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&mutex);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_barrier_init(&both, NULL, 2);
    pthread_t first = start(mutex_first, NULL), second = start(spin_first, NULL);
    finish(first);
    finish(second);
    return 0;
}
