// expect: none
// exit: 5
// Detached threads are still locking and unlocking when main returns.
#include "program.h"

pthread_mutex_t locks[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                            PTHREAD_MUTEX_INITIALIZER};

void *work(void *unused) {
    for (;;) {
        for (int i = 0; i < 3; i++)
            pthread_mutex_lock(&locks[i]);
        for (int i = 3; i-- > 0;)
            pthread_mutex_unlock(&locks[i]);
    }
    return unused;
}

int main(void) {
    for (int i = 0; i < 3; i++)
        pthread_detach(start(work, NULL));
    pause_ms(50);
    return 5;
}
