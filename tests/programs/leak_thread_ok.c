// expect: none
// no: thread-leak
// Every thread is joined or detached.
#include "program.h"

void *work(void *unused) {
    return unused;
}

int main(void) {
    run(work, NULL);
    pthread_detach(start(work, NULL));
    pause_ms(50);
    return 0;
}
