// expect: none
// A condition by the monotonic clock: a wait of 150 ms is not over sooner, and one that is woken
// returns 0, whether the deadline is given with the condition or with the call.
#include "race.h"

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t condition;
bool ready;

void *wake(void *unused) {
    pthread_mutex_lock(&mutex);
    ready = true;
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
    return unused;
}

int main(void) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    MUST(pthread_cond_init(&condition, &attributes) == 0);
    pthread_mutex_lock(&mutex);
    double before = now();
    struct timespec until = in_ms(CLOCK_MONOTONIC, 150);
    while (pthread_cond_timedwait(&condition, &mutex, &until) != ETIMEDOUT)
        ;
    printf("%s\n", now() - before >= 0.15 ? "waited" : "did not wait");
    pthread_t thread = start(wake, NULL);
    until = in_ms(CLOCK_MONOTONIC, 60000);
    int result = 0;
    while (!ready)
        result |= pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &until);
    pthread_mutex_unlock(&mutex);
    finish(thread);
    MUST(pthread_cond_destroy(&condition) == 0);
    printf("%d\n", result);
    return 0;
}
