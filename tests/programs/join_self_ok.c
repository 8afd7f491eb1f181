// expect: none
// Every thread is joined once, some by another thread than their parent, some by a try, a timed
// and a clock join.
#include "program.h"

void *nothing(void *unused) {
    return unused;
}

void *joiner(void *argument) {
    MUST(pthread_join(*(pthread_t *)argument, NULL) == 0);
    return NULL;
}

void *slow(void *unused) {
    pause_ms(50);
    return unused;
}

int main(void) {
    pthread_t thread = start(nothing, NULL);
    run(joiner, &thread);
    struct timespec past = {1, 0}, real = in_ms(CLOCK_REALTIME, 5000),
                    mono = in_ms(CLOCK_MONOTONIC, 5000);
    thread = start(slow, NULL);
    MUST(pthread_tryjoin_np(thread, NULL) == EBUSY);
    MUST(pthread_timedjoin_np(thread, NULL, &past) == ETIMEDOUT);
    MUST(pthread_timedjoin_np(thread, NULL, &real) == 0);
    thread = start(slow, NULL);
    MUST(pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &mono) == 0);
    thread = start(nothing, NULL);
    pause_ms(50);
    MUST(pthread_tryjoin_np(thread, NULL) == 0);
    return 0;
}
