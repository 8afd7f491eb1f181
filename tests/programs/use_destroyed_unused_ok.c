// expect: none
// A static mutex is destroyed before it was ever used, and used again once it is initialised.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *late(void *unused) {
    pthread_mutex_init(&lock, NULL);
    printf("%d\n", pthread_mutex_lock(&lock));
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_mutex_destroy(&lock);
    run(late, NULL);
    pthread_mutex_destroy(&lock);
    return 0;
}
