// expect: none
// A recursive mutex entered five levels deep and left five times.
#include "program.h"

pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

void descend(int levels) {
    pthread_mutex_lock(&lock);
    if (levels > 1)
        descend(levels - 1);
    pthread_mutex_unlock(&lock);
}

void *work(void *unused) {
    for (int i = 0; i < 100; i++)
        descend(5);
    return unused;
}

int main(void) {
    pthread_t first = start(work, NULL), second = start(work, NULL);
    finish(first);
    finish(second);
    return 0;
}
