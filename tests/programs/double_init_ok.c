// expect: none
// Initialised once, behind pthread_once, whoever comes first; and again after a destroy.
#include "program.h"

pthread_once_t once = PTHREAD_ONCE_INIT;
pthread_mutex_t lock;

void setup(void) {
    pthread_mutex_init(&lock, NULL);
}

void *work(void *unused) {
    pthread_once(&once, setup);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_t first = start(work, NULL), second = start(work, NULL);
    finish(first);
    finish(second);
    pthread_mutex_destroy(&lock);
    pthread_mutex_init(&lock, NULL);
    pthread_mutex_destroy(&lock);
    return 0;
}
