/* race.h: what the programs of this folder share.
 *
 * What: two threads, the second of which comes later without being ordered after the first.
 * Rules: nothing here synchronises but create and join; time orders nothing.
 */
#ifndef TC_TESTS_RACE_H
#define TC_TESTS_RACE_H

#include "tests/programs/program.h"

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

#endif
