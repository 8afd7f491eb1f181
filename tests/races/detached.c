// expect: data-race
// Main gives a detached thread some time and then reads its result.
#include "race.h"

int result;

void *work(void *unused) {
    result = 3;
    return unused;
}

int main(void) {
    pthread_detach(start(work, NULL));
    later();
    USE(result);
    return 0;
}
