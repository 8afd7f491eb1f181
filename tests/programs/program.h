/* program.h: the few lines that nearly every program of this folder would repeat.
 *
 * What: start and join a thread, sleep, make a deadline, insist on a result; order.h is part of it.
 * Rules: static inline only; to a tool nothing here synchronises but pthread_create and _join.
 */
#ifndef TC_TESTS_PROGRAM_H
#define TC_TESTS_PROGRAM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "order.h"

/* Ends the program when a call that this test is not about fails, or a value is not as expected. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            dprintf(1, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                     \
            _exit(99);                                                                             \
        }                                                                                          \
    } while (0)

static inline pthread_t start(void *(*routine)(void *), void *argument) {
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, routine, argument) == 0);
    return thread;
}

static inline void *finish(pthread_t thread) {
    void *result = NULL;
    MUST(pthread_join(thread, &result) == 0);
    return result;
}

/* Starts a thread and waits for its end: what it does is ordered with what is before and after. */
static inline void run(void *(*routine)(void *), void *argument) {
    finish(start(routine, argument));
}

static inline void pause_ms(int milliseconds) {
    struct timespec rest = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    while (nanosleep(&rest, &rest) && errno == EINTR)
        ;
}

/* The time on this clock in so many milliseconds. */
static inline struct timespec in_ms(clockid_t clock, int milliseconds) {
    struct timespec when;
    clock_gettime(clock, &when);
    when.tv_nsec += milliseconds % 1000 * 1000000L;
    when.tv_sec += milliseconds / 1000 + when.tv_nsec / 1000000000L;
    when.tv_nsec %= 1000000000L;
    return when;
}

#endif
