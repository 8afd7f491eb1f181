/* scenarios.h: what the files of the C side of the scenarios share.  Threads: see scenarios.c. */
#ifndef TC_TESTS_THREADING_SCENARIOS_H
#define TC_TESTS_THREADING_SCENARIOS_H

#include <stdbool.h>

#include "threading.h"

#define FOREVER THREADING_FOREVER
#define SOON    0.02

struct counted {
    threading_semaphore semaphore;
    threading_event event;
    int good;
};

const char *truth(bool value);
const char *got(int result);
const char *did(int result);
void say(const char *scenario, ...);

threading_thread *start(void (*target)(void *), void *arg);
void finish(threading_thread *thread);
void in_thread(void (*target)(void *), void *arg);

void condition_scenarios(void);
void barrier_scenario(void);
void thread_scenarios(void);

#endif
