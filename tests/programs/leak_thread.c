// expect: none
// info: thread-leak
// A thread has ended and is neither joined nor detached.
#include "program.h"

int tid;

void *work(void *unused) {
    here_is(&tid);
    return unused;
}

int main(void) {
    start(work, NULL);
    await_gone(&tid);
    return 0;
}
