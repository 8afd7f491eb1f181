// expect: none
// A thread's lock is released by the destructor of its thread-specific data.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_key_t key;

void unlock(void *argument) {
    pthread_mutex_unlock(argument);
}

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_setspecific(key, &lock);
    return unused;
}

int main(void) {
    pthread_key_create(&key, unlock);
    run(work, NULL);
    run(work, NULL);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return 0;
}
