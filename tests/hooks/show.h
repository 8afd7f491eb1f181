/* show.h: prints what calls gave, so that a run under threadcheck can be compared with one without.
 */
#ifndef TESTS_HOOKS_SHOW_H
#define TESTS_HOOKS_SHOW_H

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

/* The result, and errno when the call changed it. */
#define SHOW(call)                                                                                 \
    do {                                                                                           \
        errno = 77;                                                                                \
        long shown = (long)(call);                                                                 \
        flockfile(stdout);                                                                         \
        printf("%d: %s = %ld", __LINE__, #call, shown);                                            \
        if (errno != 77)                                                                           \
            printf(", errno %d", errno);                                                           \
        printf("\n");                                                                              \
        fflush(stdout);                                                                            \
        funlockfile(stdout);                                                                       \
    } while (0)

/* A time on `clock`, `ms` from now. */
static inline struct timespec from_now(clockid_t clock, long ms) {
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_sec += ms / 1000;
    time.tv_nsec += ms % 1000 * 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000;
    }
    return time;
}

/* Runs `routine` in a thread of its own and gives its result. */
static inline void *in_thread(void *(*routine)(void *), void *arg) {
    pthread_t thread;
    void *result = NULL;
    pthread_create(&thread, NULL, routine, arg);
    pthread_join(thread, &result);
    return result;
}

#endif
