// expect: none
// lost: yes
// The address space is limited to little more than is in use: the program goes on, recorded or not.
#include "program.h"
#include <sys/resource.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int counter;

void *work(void *unused) {
    for (int i = 0; i < 100000; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void) {
    pthread_attr_t small;
    pthread_t threads[8];
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 * 1024);
    run(work, NULL);
    FILE *status = fopen("/proc/self/statm", "r");
    unsigned long pages;
    MUST(status && fscanf(status, "%lu", &pages) == 1);
    fclose(status);
    struct rlimit limit = {pages * 4096 + (2 << 20), RLIM_INFINITY};
    setrlimit(RLIMIT_AS, &limit);
    for (int i = 0; i < 8; i++)
        MUST(pthread_create(&threads[i], &small, work, NULL) == 0);
    for (int i = 0; i < 8; i++)
        finish(threads[i]);
    printf("%d\n", counter);
    return 0;
}
