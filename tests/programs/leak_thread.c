// expect: none
// info: thread-leak
// A thread has ended and is neither joined nor detached.
#include "program.h"

void *work(void *unused) {
    return unused;
}

int main(void) {
    start(work, NULL);
    pause_ms(50);
    return 0;
}
