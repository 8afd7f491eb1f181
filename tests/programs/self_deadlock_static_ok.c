// expect: none
// The inner function is called with the lock held and does not take it.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int items;

void clear_locked(void) {
    items = 0;
}

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    clear_locked();
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
