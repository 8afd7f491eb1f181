// expect: none
// RLIMIT_NOFILE is lowered to what is in use: 40 threads run all the same.
#include "program.h"
#include <sys/resource.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int counter;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    counter++;
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    struct rlimit few = {4, 4};
    MUST(setrlimit(RLIMIT_NOFILE, &few) == 0);
    pthread_t threads[40];
    for (int i = 0; i < 40; i++)
        threads[i] = start(work, NULL);
    for (int i = 0; i < 40; i++)
        finish(threads[i]);
    printf("%d\n", counter);
    return 0;
}
