// expect: release-by-non-owner
// A mutex abused as a signal: locked by one thread, unlocked by another, again and again.
// findings: 1
#include "program.h"

pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

void *opener(void *unused) {
    pthread_mutex_unlock(&gate);
    return unused;
}

int main(void) {
    for (int i = 0; i < 5; i++) {
        pthread_mutex_lock(&gate);
        run(opener, NULL);
    }
    return 0;
}
