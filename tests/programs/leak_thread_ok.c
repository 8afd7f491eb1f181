// expect: none
// no: thread-leak
// Every thread is joined, detached, or created so.
#include "program.h"

void *work(void *unused) {
    return unused;
}

int main(void) {
    run(work, NULL);
    pthread_detach(start(work, NULL));
    pthread_t thread;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    MUST(pthread_create(&thread, &detached, work, NULL) == 0);
    pause_ms(50);
    return 0;
}
