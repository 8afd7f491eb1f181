// expect: deadlock (hang)
// A wait inside an inner monitor keeps the outer lock that the signaller needs.
#include "program.h"

pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
bool full;

void *taker(void *unused) {
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    reach(1);
    while (!full)
        pthread_cond_wait(&filled, &inner);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    return unused;
}

void *giver(void *unused) {
    await(1);
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    full = true;
    pthread_cond_signal(&filled);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    return unused;
}

int main(void) {
    alarm(20);
    pthread_t first = start(taker, NULL), second = start(giver, NULL);
    finish(first);
    finish(second);
    return 0;
}
