/* order.h: the order of one run of a test program, made so that no tool that watches locks sees it.
 *
 * What: stages that threads reach and await, and waiting until a thread blocks in its call, or is
 * gone.  A pause instead would be no order: on a busy machine the other thread comes later.
 * Rules: C and C++; static inline only; nothing but memory, the clock and /proc is asked.
 */
#ifndef TC_TESTS_ORDER_H
#define TC_TESTS_ORDER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The order of this very run, for a bug that must be there in every run without striking: await(n)
 * returns after reach(n) or a higher one was called, or step() n times.  Only memory and the clock
 * are asked, so that the two threads stay unordered to a tool that watches locks. */
static int order_stage;

static inline void reach(int stage) {
    __atomic_store_n(&order_stage, stage, __ATOMIC_RELEASE);
}

static inline void step(void) {
    __atomic_add_fetch(&order_stage, 1, __ATOMIC_ACQ_REL);
}

static inline void await(int stage) {
    while (__atomic_load_n(&order_stage, __ATOMIC_ACQUIRE) < stage)
        usleep(1000);
}

/* For a thread that others are to find blocked, or gone: it writes down its number first. */
static inline void here_is(int *tid) {
    __atomic_store_n(tid, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
}

/* Whether the thread blocks in the kernel, on a futex within the object where there is one. */
static inline bool order_blocks(int tid, const void *object, size_t size) {
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
    if (file < 0)
        _exit(98);
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
    for (int number;
         !(number = __atomic_load_n(tid, __ATOMIC_ACQUIRE)) || !order_blocks(number, object, size);)
        usleep(1000);
}

/* Waits until the kernel does not know the thread any more. */
static inline void await_gone(int *tid) {
    for (int number; !(number = __atomic_load_n(tid, __ATOMIC_ACQUIRE)) ||
                     syscall(SYS_tgkill, getpid(), number, 0) == 0;)
        usleep(1000);
}

#endif
