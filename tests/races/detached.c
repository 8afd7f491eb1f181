// expect: data-race
// Main gives a detached thread some time and then reads its result.
#include "race.h"

int result;

void *work(void *unused) {
    result = 3;
    SHARED(&result);
    reach_unseen(1);
    return unused;
}

int main(void) {
    begin_unseen();
    pthread_detach(start(work, NULL));
    await_unseen(1);
    USE(result);
    return 0;
}
