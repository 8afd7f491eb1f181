// expect: double-release
// The program changes its directory, umask and environment before the misuse.
#include "program.h"
#include <sys/stat.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    MUST(chdir("/") == 0);
    umask(0777);
    clearenv();
    run(work, NULL);
    return 0;
}
