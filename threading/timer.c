/* timer.c: Timer: a thread that waits for an event with a time-out.  Its event is its own affair
 * and is not told to threadcheck. */
#include <stdlib.h>

#include "event.h"

struct threading_timer {
    threading_thread *thread;
    threading_event finished;
    double interval;
    void (*function)(void *);
    void *arg;
};

static void threading_run_timer(void *argument) {
    threading_timer *timer = argument;
    if (threading_event_wait_until(&timer->finished, threading_deadline(timer->interval)))
        timer->function(timer->arg);
    threading_event_wake_all(&timer->finished);
}

int threading_timer_create(threading_timer **timer, double interval, void (*function)(void *),
                           void *arg) {
    if (!timer || !function || !(interval >= 0))
        return EINVAL;
    threading_timer *made = calloc(1, sizeof *made);
    if (!made)
        return ENOMEM;
    made->interval = interval;
    made->function = function;
    made->arg = arg;
    int result = threading_thread_create(&made->thread, threading_run_timer, made, NULL);
    if (result) {
        free(made);
        return result;
    }
    *timer = made;
    return 0;
}

int threading_timer_start(threading_timer *timer) {
    return threading_thread_start(timer->thread);
}

int threading_timer_cancel(threading_timer *timer) {
    threading_event_wake_all(&timer->finished);
    return 0;
}

int threading_timer_join(threading_timer *timer, double timeout) {
    return threading_thread_join(timer->thread, timeout);
}

bool threading_timer_is_alive(const threading_timer *timer) {
    return threading_thread_is_alive(timer->thread);
}

int threading_timer_destroy(threading_timer *timer) {
    int result = threading_thread_destroy(timer->thread);
    if (!result)
        free(timer);
    return result;
}

int threading_timer_set_name(threading_timer *timer, const char *name) {
    return threading_thread_set_name(timer->thread, name);
}

threading_thread *threading_timer_thread(threading_timer *timer) {
    return timer->thread;
}
