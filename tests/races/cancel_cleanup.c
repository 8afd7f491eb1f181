// expect: data-race
// What a cancelled thread's cleanup handler writes is read before the join.
#include "race.h"

int cleaned;

void clean(void *by) {
    cleaned += *(int *)by;
}

void *waits(void *by) {
    pthread_cleanup_push(clean, by);
    reach_unseen(1);
    for (;;)
        pause_ms(1000);
    pthread_cleanup_pop(1);
    return NULL;
}

int main(void) {
    int by = 1;
    begin_unseen();
    pthread_t thread = start(waits, &by);
    await_unseen(1);
    pthread_cancel(thread);
    later();
    cleaned += by;
    finish(thread);
    return 0;
}
