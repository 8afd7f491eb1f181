// expect: none
// A recursive lock taken again inside the other one: the thread holds it, so it cannot block.
#include "program.h"

pthread_mutex_t outer = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
pthread_mutex_t inner = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

void *work(void *unused) {
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&outer);
        pthread_mutex_lock(&inner);
        pthread_mutex_lock(&outer);
        MUST(pthread_mutex_trylock(&outer) == 0);
        pthread_mutex_unlock(&outer);
        pthread_mutex_unlock(&outer);
        pthread_mutex_unlock(&inner);
        pthread_mutex_unlock(&outer);
    }
    return unused;
}

int main(void) {
    pthread_t first = start(work, NULL), second = start(work, NULL);
    finish(first);
    finish(second);
    return 0;
}
