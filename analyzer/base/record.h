/* record.h: one event as the reader decodes it.
 * Threads: plain data.
 */
#ifndef TC_ANALYZER_RECORD_H
#define TC_ANALYZER_RECORD_H

#include <stdint.h>

#include "threadcheck/events.h"

/* Valid only during the call that hands it out. */
struct tc_record {
    uint8_t code;    /* enum tc_event_code */
    uint32_t thread; /* index of the thread, from 1 */
    uint32_t object; /* id, 0: none */
    uint32_t stack;  /* id, 0: none */
    uint32_t result; /* errno, 0: none */
    uint64_t arg;
    uint64_t time;   /* ns since the process started: the thread's last known time, not after it */
    uint64_t number; /* the thread's events count from 1 */
};

#endif
