// expect: none
// The main thread leaves by pthread_exit and is joined by its child.
#include "program.h"

pthread_t main_thread;

void *work(void *unused) {
    MUST(pthread_join(main_thread, NULL) == 0);
    puts("joined");
    exit(0);
    return unused;
}

int main(void) {
    main_thread = pthread_self();
    start(work, NULL);
    pthread_exit(NULL);
}
