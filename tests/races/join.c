// expect: data-race
// Main reads what a thread wrote before it joins it.
#include "race.h"

int result;

void *work(void *unused) {
    result = 5;
    return unused;
}

int main(void) {
    pthread_t thread = start(work, NULL);
    later();
    USE(result);
    finish(thread);
    return 0;
}
