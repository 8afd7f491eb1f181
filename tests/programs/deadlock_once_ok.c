// expect: none
// Two threads wait for an initialiser that takes its time and a lock.
#include "program.h"

pthread_once_t once = PTHREAD_ONCE_INIT;
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int calls;

void setup(void) {
    pthread_mutex_lock(&lock);
    pause_ms(50);
    calls++;
    pthread_mutex_unlock(&lock);
}

void *helper(void *unused) {
    pthread_once(&once, setup);
    pthread_once(&once, setup);
    return unused;
}

int main(void) {
    pthread_t first = start(helper, NULL), second = start(helper, NULL);
    finish(first);
    finish(second);
    printf("%d\n", calls);
    return 0;
}
