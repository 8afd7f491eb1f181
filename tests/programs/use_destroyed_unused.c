// expect: use-after-destroy
// A static mutex is destroyed before it was ever used.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *late(void *unused) {
    printf("%d\n", pthread_mutex_lock(&lock));
    return unused;
}

int main(void) {
    pthread_mutex_destroy(&lock);
    run(late, NULL);
    return 0;
}
