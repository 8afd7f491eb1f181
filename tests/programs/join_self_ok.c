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
    await(1);
    return unused;
}

int main(void) {
    pthread_t thread = start(nothing, NULL);
    run(joiner, &thread);
    struct timespec past = {1, 0}, real = in_ms(CLOCK_REALTIME, 60000),
                    mono = in_ms(CLOCK_MONOTONIC, 60000);
    thread = start(slow, NULL);
    MUST(pthread_tryjoin_np(thread, NULL) == EBUSY);
    MUST(pthread_timedjoin_np(thread, NULL, &past) == ETIMEDOUT);
    reach(1);
    MUST(pthread_timedjoin_np(thread, NULL, &real) == 0);
    thread = start(slow, NULL);
    MUST(pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &mono) == 0);
    thread = start(nothing, NULL);
    int result;
    while ((result = pthread_tryjoin_np(thread, NULL)) == EBUSY)
        pause_ms(1);
    MUST(result == 0);
    return 0;
}
