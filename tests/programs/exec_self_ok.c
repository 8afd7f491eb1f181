// expect: none
// exit: 8
// A process with threads replaces itself by exec; the new program has threads too.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(int argc, char **argv) {
    run(work, NULL);
    if (argc > 1) {
        printf("again\n");
        return 8;
    }
    execl("/proc/self/exe", argv[0], "again", NULL);
    return 1;
}
