// expect: lock-order-inversion
// 200 locks held in one order by one thread; another takes the last and then the first.
#include "program.h"

pthread_mutex_t locks[200];

void *take_all(void *unused) {
    for (int i = 0; i < 200; i++)
        pthread_mutex_lock(&locks[i]);
    for (int i = 0; i < 200; i++)
        pthread_mutex_unlock(&locks[i]);
    reach(1);
    return unused;
}

void *last_first(void *unused) {
    await(1);
    pthread_mutex_lock(&locks[199]);
    pthread_mutex_lock(&locks[0]);
    pthread_mutex_unlock(&locks[0]);
    pthread_mutex_unlock(&locks[199]);
    return unused;
}

int main(void) {
    for (int i = 0; i < 200; i++)
        pthread_mutex_init(&locks[i], NULL);
    pthread_t first = start(take_all, NULL), second = start(last_first, NULL);
    finish(first);
    finish(second);
    return 0;
}
