/* program.h: the few lines that nearly every program of this folder would repeat.
 *
 * What: start and join a thread, an order that no tool sees, sleep, a deadline, insist on a result.
 * Rules: static inline only; to a tool nothing here synchronises but pthread_create and _join.
 */
#ifndef TC_TESTS_PROGRAM_H
#define TC_TESTS_PROGRAM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

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

/* The order of this very run, for a bug that must be there in every run without striking: await(n)
 * returns after reach(n) or a higher one was called, or step() n times.  Only memory and the clock
 * are asked, so that the two threads stay unordered to a tool that watches locks. */
static int program_stage;

static inline void reach(int stage) {
    __atomic_store_n(&program_stage, stage, __ATOMIC_RELEASE);
}

static inline void step(void) {
    __atomic_add_fetch(&program_stage, 1, __ATOMIC_ACQ_REL);
}

static inline void await(int stage) {
    while (__atomic_load_n(&program_stage, __ATOMIC_ACQUIRE) < stage)
        pause_ms(1);
}

/* For a thread that others are to find blocked, or gone: it writes down its number first. */
static inline void here_is(int *tid) {
    __atomic_store_n(tid, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
}

/* Whether the thread blocks in the kernel, on a futex within the object where there is one. */
static inline bool program_blocks(int tid, const void *object, size_t size) {
    char name[64], text[256] = "";
    bool states = false;
#ifdef __x86_64__ /* elsewhere an emulator may be between us and the kernel */
    snprintf(name, sizeof name, "/proc/self/task/%d/syscall", tid);
    int file = open(name, O_RDONLY | O_CLOEXEC);
#else
    int file = -1;
#endif
    if (file < 0) {
        states = true;
        snprintf(name, sizeof name, "/proc/self/task/%d/stat", tid);
        file = open(name, O_RDONLY | O_CLOEXEC);
    }
    MUST(file >= 0);
    ssize_t got = read(file, text, sizeof text - 1);
    close(file);
    text[got < 0 ? 0 : got] = 0;
    if (states)
        return strstr(text, ") S ") != NULL;
    long number = -1;
    unsigned long word = 0;
    return sscanf(text, "%ld %lx", &number, &word) == 2 && number == SYS_futex &&
           (!object || word - (unsigned long)object < size);
}

/* Waits until the thread blocks in a call on this object; in any call that can last, with NULL. */
static inline void await_blocked(int *tid, const void *object, size_t size) {
    for (int number; !(number = __atomic_load_n(tid, __ATOMIC_ACQUIRE)) ||
                     !program_blocks(number, object, size);)
        pause_ms(1);
}

/* Waits until the kernel does not know the thread any more. */
static inline void await_gone(int *tid) {
    for (int number; !(number = __atomic_load_n(tid, __ATOMIC_ACQUIRE)) ||
                     syscall(SYS_tgkill, getpid(), number, 0) == 0;)
        pause_ms(1);
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
