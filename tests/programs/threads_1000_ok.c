// expect: none
// 1,000 threads alive at once, then all of them through one lock.
#include "program.h"

enum { COUNT = 1000 };
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_barrier_t all_here;
int total;

void *work(void *unused) {
    pthread_barrier_wait(&all_here);
    pthread_mutex_lock(&lock);
    total++;
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    static pthread_t threads[COUNT];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 * 1024);
    pthread_barrier_init(&all_here, NULL, COUNT);
    for (int i = 0; i < COUNT; i++)
        MUST(pthread_create(&threads[i], &attributes, work, NULL) == 0);
    for (int i = 0; i < COUNT; i++)
        finish(threads[i]);
    pthread_barrier_destroy(&all_here);
    printf("%d\n", total);
    return 0;
}
