/* internal.c: deadlines, waiting on words, queues of waiters, and names; see internal.h. */
#include "internal.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)

__thread struct threading_self threading_self;

uint64_t threading_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

uint64_t threading_deadline(double timeout) {
    const double never = 9e9; /* seconds: 290 years, as far as 64 bits of nanoseconds go */
    if (timeout < 0 || timeout >= never)
        return THREADING_NEVER;
    /* Rounded up: a wait never ends early. */
    double nanoseconds = timeout * (double)SECOND;
    uint64_t whole = (uint64_t)nanoseconds;
    return threading_now() + whole + ((double)whole < nanoseconds);
}

/* The second address means nothing here.  That it is the first tells threadcheck, which sees these
 * calls, too, that they are within an operation that it knows of.
 * A deadline, and no relative time: waking up for nothing does not make the wait longer. */
static int futex_wait(const uint32_t *word, uint32_t seen, uint64_t deadline) {
    struct timespec at = {(time_t)(deadline / SECOND), (long)(deadline % SECOND)};
    long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, seen,
                          deadline == THREADING_NEVER ? NULL : &at, word, FUTEX_BITSET_MATCH_ANY);
    return result == -1 && errno == ETIMEDOUT ? ETIMEDOUT : 0;
}

int threading_futex_wait(const uint32_t *word, uint32_t seen, uint64_t deadline) {
    int kept = errno;
    int result = futex_wait(word, seen, deadline);
    errno = kept;
    return result;
}

/* What glibc's own cancellation points did: cancellable at any instruction, but only here. */
THREADING_MAY_BE_CANCELLED int threading_futex_wait_cancellable(const uint32_t *word, uint32_t seen,
                                                                uint64_t deadline) {
    int kept = errno, type;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
    int result = futex_wait(word, seen, deadline);
    pthread_setcanceltype(type, NULL);
    errno = kept;
    return result;
}

void threading_futex_wake(const uint32_t *word, uint32_t count) {
    int kept = errno;
    syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG,
            count > INT_MAX ? INT_MAX : (int)count, NULL, word, 0);
    errno = kept;
}

int threading_word_wait(uint32_t *word, uint64_t deadline) {
    while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE) != 0)
        if (threading_futex_wait(word, 2, deadline) == ETIMEDOUT)
            return ETIMEDOUT;
    return 0;
}

void threading_queue_append(struct threading_waiter **first, struct threading_waiter **last,
                            struct threading_waiter *waiter) {
    waiter->next = NULL;
    waiter->previous = *last;
    *(*last ? &(*last)->next : first) = waiter;
    *last = waiter;
    waiter->queued = true;
}

void threading_queue_remove(struct threading_waiter **first, struct threading_waiter **last,
                            struct threading_waiter *waiter) {
    *(waiter->previous ? &waiter->previous->next : first) = waiter->next;
    *(waiter->next ? &waiter->next->previous : last) = waiter->previous;
    waiter->queued = false;
}

int threading_name_set(char **slot, const char *name) {
    char *copy = name ? strdup(name) : NULL;
    if (name && !copy)
        return ENOMEM;
    free(__atomic_exchange_n(slot, copy, __ATOMIC_ACQ_REL));
    return 0;
}
