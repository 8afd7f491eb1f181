// expect: none
// Locks released in another order than the reverse of taking: legal.
#include "program.h"

pthread_mutex_t locks[4] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                            PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};

void *work(void *unused) {
    static const int order[4] = {2, 0, 3, 1};
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 4; i++)
            pthread_mutex_lock(&locks[i]);
        for (int i = 0; i < 4; i++)
            pthread_mutex_unlock(&locks[order[i]]);
    }
    return unused;
}

int main(void) {
    pthread_t first = start(work, NULL), second = start(work, NULL);
    finish(first);
    finish(second);
    return 0;
}
