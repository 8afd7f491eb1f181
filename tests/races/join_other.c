// expect: data-race
// Main joins one of two threads and reads what the other one wrote.
#include "race.h"

int result;

void *idle(void *unused) {
    later();
    return unused;
}

void *work(void *unused) {
    result = 5;
    return unused;
}

int main(void) {
    pthread_t worker = start(work, NULL), other = start(idle, NULL);
    finish(other);
    USE(result);
    finish(worker);
    return 0;
}
