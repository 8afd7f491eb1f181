// expect: use-after-destroy
// A mutex is locked after it was destroyed: glibc says EINVAL, the caller does not look.
#include "program.h"

pthread_mutex_t lock;

void *late(void *unused) {
    printf("%d\n", pthread_mutex_lock(&lock));
    return unused;
}

int main(void) {
    pthread_mutex_init(&lock, NULL);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    pthread_mutex_destroy(&lock);
    run(late, NULL);
    return 0;
}
