// expect: data-race
// A handler that runs as the program ends reads what a detached thread writes.
#include "race.h"

long value;

static void report(void) {
    USE(value);
}

void *work(void *unused) {
    (void)unused;
    value = 41;
    SHARED(&value);
    reach_unseen(1);
    for (;;)
        pause_ms(1000); /* until the process ends */
}

int main(void) {
    begin_unseen();
    MUST(atexit(report) == 0);
    pthread_detach(start(work, NULL));
    await_unseen(1);
    printf("done\n");
    return 0;
}
