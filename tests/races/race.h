/* race.h: what the programs of this folder share.
 *
 * What: two threads, the second of which comes later without being ordered after the first.
 * Rules: nothing here that a detector knows of synchronises but create and join; time orders
 * nothing.
 */
#ifndef TC_TESTS_RACE_H
#define TC_TESTS_RACE_H

#include "tests/programs/program.h"

#include <sys/syscall.h>

/* The other thread has most likely done its part by then; nothing orders it. */
static inline void later(void) {
    pause_ms(30);
}

/* The value is needed: the compiler may not leave the read away. */
#define USE(value) __asm__ volatile("" : : "r"(value) : "memory")

/* The compiler must expect that the memory is read or written elsewhere. */
#define SHARED(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

/* Runs both at the same time and waits for their end. */
static inline void both(void *(*first)(void *), void *(*second)(void *), void *argument) {
    pthread_t one = start(first, argument), two = start(second, argument);
    finish(one);
    finish(two);
}

/* The order of this very run where the other one would be another bug, or none: await_unseen(n)
 * returns, with what was reached, after reach_unseen(n) or a higher one was called.  It is the
 * offset of a file, by which neither a detector nor C orders anything, so that a race stays one. */
static int unseen_order;

static inline void begin_unseen(void) {
    MUST((unseen_order = (int)syscall(SYS_memfd_create, "order", 0)) >= 0);
}

static inline void reach_unseen(long step) {
    syscall(SYS_lseek, unseen_order, step, SEEK_SET);
}

static inline long await_unseen(long step) {
    long reached;
    while ((reached = syscall(SYS_lseek, unseen_order, 0l, SEEK_CUR)) < step)
        pause_ms(1);
    return reached;
}

struct in_turn {
    void *(*routine)(void *);
    void *argument;
};

static inline void *do_first(void *turn) {
    struct in_turn *mine = (struct in_turn *)turn;
    void *result = mine->routine(mine->argument);
    reach_unseen(1);
    return result;
}

static inline void *do_second(void *turn) {
    struct in_turn *mine = (struct in_turn *)turn;
    await_unseen(1);
    return mine->routine(mine->argument);
}

/* As both(), but the second begins when the first has returned, unseen. */
static inline void first_and_then(void *(*first)(void *), void *(*second)(void *), void *argument) {
    struct in_turn one = {first, argument}, two = {second, argument};
    begin_unseen();
    pthread_t threads[] = {start(do_first, &one), start(do_second, &two)};
    finish(threads[0]);
    finish(threads[1]);
    close(unseen_order);
}

#endif
