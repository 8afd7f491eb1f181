// expect: data-race
// Two threads write under a lock that they hold for reading.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
static int hits;
static void *get(void *x) {
    if (x)
        usleep(20000);
    for (int i = 0; i < 5; i++) {
        pthread_rwlock_rdlock(&l);
        hits++;
        pthread_rwlock_unlock(&l);
    }
    return 0;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, 0, get, 0);
    pthread_create(&b, 0, get, &a);
    pthread_join(a, 0);
    pthread_join(b, 0);
    puts("x");
    return 0;
}
