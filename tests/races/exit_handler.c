// expect: data-race
// A handler that runs as the program ends reads what a detached thread writes.
#include "race.h"

long value;

static void report(void) {
    USE(value);
}

void *work(void *unused) {
    value = 41;
    pause_ms(300);
    return unused;
}

int main(void) {
    MUST(atexit(report) == 0);
    pthread_detach(start(work, NULL));
    later();
    printf("done\n");
    return 0;
}
