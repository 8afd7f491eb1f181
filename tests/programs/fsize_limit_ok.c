// expect: none
// says: cannot create a trace
// RLIMIT_FSIZE is zero: nothing may be written to files, and no SIGXFSZ may come of the tool.
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
    struct rlimit nothing = {0, 0};
    MUST(setrlimit(RLIMIT_FSIZE, &nothing) == 0);
    pthread_t first = start(work, NULL), second = start(work, NULL);
    finish(first);
    finish(second);
    return counter != 200000;
}
